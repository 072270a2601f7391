import ConfigModel
/// Documentation of a field or kind, as `wpex explain Relay.spec.port` prints it.
package struct FieldExplanation: Sendable {
  /// Path of the field in its canonical form, such as `Relay.spec.probes[]`.
  package let path: String
  /// The documentation, in several lines.
  package let text: String

  /// Error for a path that does not exist.
  package struct UnknownPath: Error, Sendable {
    /// The path that was looked up.
    package let path: String
    /// The path that was probably meant.
    package let suggestion: String?
  }

  /// Looks up a kind or field by its path. The kind's case, and `[]` after lists, do not matter.
  ///
  /// - Throws: `UnknownPath` if there is no such field.
  package init(of path: String) throws(UnknownPath) {
    let parts = path.replacing("[]", with: "").split(separator: ".").map(String.init)
    guard let first = parts.first,
      let document = DocumentSchema.all.first(where: { $0.kind.rawValue.lowercased() == first.lowercased() })
    else { throw UnknownPath(path: path, suggestion: Self.suggestion(for: path)) }
    var shape = document.shape
    var name = document.kind.rawValue
    var field: FieldShape?
    for part in parts.dropFirst() {
      guard field == nil || field?.shape.object != nil, let next = shape.fields.first(where: { $0.name == part }) else {
        throw UnknownPath(path: path, suggestion: Self.suggestion(for: path))
      }
      field = next
      name += ".\(next.name)" + (next.shape.isList && next.shape.object != nil ? "[]" : "")
      if let object = next.shape.object { shape = object }
    }
    self.path = name
    text = field.map { Self.text(of: $0, path: name) } ?? Self.text(of: document)
  }

  /// All paths, for completion in shells.
  package static let allPaths: [String] = DocumentSchema.all.flatMap { document in
    [document.kind.rawValue] + paths(of: document.shape, prefix: document.kind.rawValue)
  }

  private static func paths(of shape: ObjectShape, prefix: String) -> [String] {
    shape.fields.flatMap { field in
      let path = "\(prefix).\(field.name)"
      return [path] + (field.shape.object.map { paths(of: $0, prefix: path) } ?? [])
    }
  }

  private static func suggestion(for path: String) -> String? {
    Spelling.nearest(to: path, among: allPaths)
      ?? allPaths.first { $0.lowercased().hasSuffix("." + path.lowercased()) }
  }

  private static func text(of document: DocumentSchema) -> String {
    "\(document.kind.rawValue)\n  \(document.shape.summary)\n\n" + fields(of: document.shape, indent: "  ", deep: true)
  }

  private static func text(of field: FieldShape, path: String) -> String {
    var lines = [
      "\(path)  (\(field.presence))", "  \(field.summary.capitalizedFirst).", "", "  value: \(field.shape.displayText)",
    ]
    if let choices = field.shape.choices {
      let width = choices.map(\.value.count).max() ?? 0
      lines += choices.map { "    \($0.value)\(String(repeating: " ", count: width - $0.value.count))  \($0.summary)" }
    }
    if !field.examples.isEmpty {
      lines += ["", "  example:"] + field.examples.map { "    \(field.name): \($0)" }
    }
    if let object = field.shape.object {
      lines += ["", "  fields:", fields(of: object, indent: "    ", deep: false)]
    }
    return lines.joined(separator: "\n")
  }

  private static func fields(of shape: ObjectShape, indent: String, deep: Bool) -> String {
    let width = shape.fields.map(\.name.count).max() ?? 0
    var lines: [String] = []
    for field in shape.fields {
      let padding = String(repeating: " ", count: width - field.name.count)
      lines.append("\(indent)\(field.name)\(padding)  \(field.summary) (\(field.presence))")
      if deep, let object = field.shape.object {
        lines.append(fields(of: object, indent: indent + "  ", deep: field.name == "spec"))
      }
    }
    for group in shape.alternatives {
      let names = group.fields.map { "`\($0)`" }
      lines.append(
        indent + (group.rule == .exactlyOne ? "exactly one of " : "at least one of ") + names.joined(separator: ", "))
    }
    return lines.joined(separator: "\n")
  }
}
