/// Rows of CSV (RFC 4180), safe for spreadsheets.
package enum CSVText {
  /// Returns a row with its line break.
  package static func row(_ values: [String]) -> String { values.map(field).joined(separator: ",") + "\r\n" }

  /// Returns a field.
  ///
  /// A spreadsheet would execute a value that begins like a formula, so such a value gets an apostrophe before it. A
  /// value with a character that some program might take for a separator is quoted.
  package static func field(_ value: String) -> String {
    let harmless = beginsFormula(value) ? "'" + value : value
    guard harmless.utf8.contains(where: needsQuotes) else { return harmless }
    return "\"" + harmless.replacingScalars { $0 == "\"" ? "\"\"" : nil } + "\""
  }

  /// Returns whether the first visible scalar begins a formula. Spreadsheets accept the full-width forms too.
  private static func beginsFormula(_ value: String) -> Bool {
    if let first = value.unicodeScalars.first, first == "\t" || first == "\r" || first == "\n" { return true }
    let first = value.unicodeScalars.first { !$0.isHidden && !$0.properties.isWhitespace }
    switch first {
    case "=", "+", "-", "@", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}": return true
    default: return false
    }
  }

  private static func needsQuotes(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "|"), UInt8(ascii: "\""): true
    default: byte < 0x20 || byte >= 0x7F
    }
  }
}
