package import TextFormats

/// A row of a console table, with the newest names of its columns.
package struct ConsoleRow: Sendable {
  /// The table.
  package let table: ConsoleTable
  /// The row's identifier for people: its `id`, or `server 3, key 7`.
  package let id: String
  private let fields: JSON

  /// Creates a row from a JSON object of its columns.
  package init(_ table: ConsoleTable, _ fields: JSON) {
    self.table = table
    self.fields = fields
    func shown(_ column: String) -> String { Self.text(fields[column]).map(ImportedRow.shown) ?? "NULL" }
    id = table == .links ? "server \(shown("server_id")), key \(shown("key_id"))" : shown("id")
  }

  /// Returns a column's text without surrounding white space; nil if it is NULL or empty.
  func text(_ column: String) -> String? { Self.text(fields[column]) }

  /// Returns a column's value as a reference to a row, byte for byte: trimming it, or treating equivalent Unicode texts
  /// as equal, could assign one tenant's rows to another. Nil if it is NULL, empty or not valid text.
  func reference(_ column: String) -> [UInt8]? {
    switch fields[column] {
    case .integer(let value)?: Array(String(value).utf8)
    case .string(let text)?: text.isEmpty || text.unicodeScalars.contains("\u{FFFD}") ? nil : Array(text.utf8)
    default: nil
    }
  }

  /// Whether a column is not NULL.
  func has(_ column: String) -> Bool { fields[column].map { $0 != .null } ?? false }

  func integer(_ column: String) -> Int? {
    switch fields[column] {
    case .integer(let value)?: value
    case .string(let text)?: Int(text.trimmed)
    default: nil
    }
  }

  func number(_ column: String) -> Double? {
    switch fields[column] {
    case .integer(let value)?: Double(value)
    case .number(let value)?: value
    case .string(let text)?: Double(text.trimmed)
    default: nil
    }
  }

  func bool(_ column: String) -> Bool? {
    guard case .bool(let value)? = fields[column] else { return nil }
    return value
  }

  /// Returns the elements of an array, or of a text separated by commas, semicolons or blanks. An element that is not
  /// text becomes `?`, so that a restriction does not disappear.
  func list(_ column: String) -> [String] {
    switch fields[column] {
    case nil, .null?: []
    case .array(let elements)?: elements.map { Self.text($0) ?? "?" }
    case .string(let text)?:
      text.unicodeScalars.split { $0 == "," || $0 == ";" || $0 == "{" || $0 == "}" || $0.properties.isWhitespace }
        .map { String($0) }
    case let value?: [Self.text(value) ?? "?"]
    }
  }

  private static func text(_ value: JSON?) -> String? {
    switch value {
    case .string(let text)?: text.trimmed.isEmpty ? nil : text.trimmed
    case .integer(let value)?: String(value)
    case .number(let value)?: String(value)
    default: nil
    }
  }
}

extension String {
  /// The text without white space and line breaks at either end.
  var trimmed: String {
    let scalars = unicodeScalars
    let isBlank = { (scalar: Unicode.Scalar) in scalar.properties.isWhitespace }
    guard let start = scalars.firstIndex(where: { !isBlank($0) }), let end = scalars.lastIndex(where: { !isBlank($0) })
    else { return "" }
    return String(scalars[start...end])
  }
}
