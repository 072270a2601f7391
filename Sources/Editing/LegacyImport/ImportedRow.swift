package import TextFormats

/// What became of one row: written to a document, perhaps with changes, or left out.
package struct ImportedRow: Sendable {
  package let table: ConsoleTable
  package let id: String
  /// What the console calls it, fit to be shown.
  package let name: String?
  /// The file that carries it; nil where it was left out.
  package internal(set) var path: String?
  /// Why it was left out, or what is not as it was.
  package internal(set) var notes: [String] = []

  init(_ row: ConsoleRow, name: String? = nil) {
    table = row.table
    id = row.id
    self.name = name.map(Self.shown)
  }

  package var isWritten: Bool { path != nil }

  package var json: JSON {
    var members: JSON.Members = ["table": .string(table.rawValue), "row": .string(id)]
    if let name { members["name"] = .string(name) }
    members["outcome"] = path == nil ? "left out" : notes.isEmpty ? "written" : "changed"
    if let path { members["file"] = .string(path) }
    if !notes.isEmpty { members["notes"] = .array(notes.map { .string($0) }) }
    return .object(members)
  }

  /// `text` in one line, without characters that would turn or hide what stands around it, and without what might be
  /// key material that somebody typed into the wrong field.
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

  /// The first of several texts, and how many there are besides.
  static func shown(_ texts: [String]) -> String {
    let first = texts.prefix(10).map { shown($0) }.joined(separator: ", ")
    return texts.count > 10 ? "\(first) and \(texts.count - 10) more" : first
  }
}
