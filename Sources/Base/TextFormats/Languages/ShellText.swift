/// Words for a POSIX shell.
package enum ShellText {
  /// Returns a literal word: bare if possible, otherwise in single quotes.
  package static func word(_ text: String) -> String {
    guard text.isEmpty || text.utf8.contains(where: { !isBare($0) }) else { return text }
    return "'" + text.replacingScalars { $0 == "'" ? #"'\''"# : nil } + "'"
  }

  private static func isBare(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "_-./:@+,%".utf8.contains(byte)
    }
  }
}
