import TextFormats

/// Reason for which the server refused an apply with 409: other field managers own fields with other values.
struct FieldConflict {
  /// The first other manager that declares a field by server-side apply; if there is none, any other manager.
  let manager: String?
  /// The fields in conflict.
  let fields: [String]
  /// Whether all of them changed the fields by updates, as `kubectl edit` and controllers do.
  let isByHand: Bool

  init(_ status: JSON) {
    let causes = (status["details"]?["causes"]?.elements ?? []).filter { $0["reason"]?.text == "FieldManagerConflict" }
    fields = causes.compactMap { $0["field"]?.text }
    // An apply reads `conflict with "NAME"`, and an update `conflict with "NAME" using VERSION at TIME`.
    let messages = causes.compactMap { $0["message"]?.text }
    let declared = messages.filter { !$0.contains("\" using ") && !$0.contains("\" with subresource") }
    manager = (declared.first ?? messages.first).flatMap { message in
      let parts = message.split(separator: "\"", omittingEmptySubsequences: false)
      return parts.count >= 3 ? String(parts[1]) : nil
    }
    isByHand = !causes.isEmpty && declared.isEmpty
  }
}
