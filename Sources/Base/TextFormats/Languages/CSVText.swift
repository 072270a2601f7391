/// Rows of RFC 4180, for spreadsheets.
package enum CSVText {
  /// A row with its line break.
  package static func row(_ values: [String]) -> String { values.map(field).joined(separator: ",") + "\r\n" }

  /// One value. A spreadsheet would run what begins like a formula, so an apostrophe stands before it; quotes stand around
  /// whatever some program could take for a separator.
  package static func field(_ value: String) -> String {
    let harmless = beginsFormula(value) ? "'" + value : value
    guard harmless.utf8.contains(where: needsQuotes) else { return harmless }
    return "\"" + harmless.replacingScalars { $0 == "\"" ? "\"\"" : nil } + "\""
  }

  /// Whether the first scalar that is seen begins a formula; spreadsheets take the wide forms too.
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
