package import TextFormats

/// The outcome for one row: written to a document, possibly with changes, or left out.
package struct ImportedRow: Sendable {
  /// The row's table.
  package let table: ConsoleTable
  /// The row's identifier for people.
  package let id: String
  /// The item's name in the console, safe to display.
  package let name: String?
  /// The file that contains it; nil if it was left out.
  package internal(set) var path: String?
  /// Reasons why it was left out, or a list of changes.
  package internal(set) var notes: [String] = []

  init(_ row: ConsoleRow, name: String? = nil) {
    table = row.table
    id = row.id
    self.name = name.map(Self.shown)
  }

  /// Whether the row is in the repository.
  package var isWritten: Bool { path != nil }

  /// The outcome as JSON.
  package var json: JSON {
    var members: JSON.Members = ["table": .string(table.rawValue), "row": .string(id)]
    if let name { members["name"] = .string(name) }
    members["outcome"] = path == nil ? "left out" : notes.isEmpty ? "written" : "changed"
    if let path { members["file"] = .string(path) }
    if !notes.isEmpty { members["notes"] = .array(notes.map { .string($0) }) }
    return .object(members)
  }

  /// Returns `text` in one line, without characters that reverse or hide the text around it. Possible key material,
  /// which someone may have typed into the wrong field, is hidden.
  static func shown(_ text: String) -> String {
    if KeyText.mayBeSecret(text) { return "(hidden: it looks like key material)" }
    let safe = text.unicodeScalars.prefix(80).map { scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: "?"
      default: String(scalar)
      }
    }
    return safe.joined() + (text.unicodeScalars.count > 80 ? "…" : "")
  }

  /// Returns the first ten texts and the number of further ones.
  static func shown(_ texts: [String]) -> String {
    let first = texts.prefix(10).map { shown($0) }.joined(separator: ", ")
    return texts.count > 10 ? "\(first) and \(texts.count - 10) more" : first
  }
}
