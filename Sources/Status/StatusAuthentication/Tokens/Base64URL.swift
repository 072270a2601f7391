import FoundationEssentials

/// Base64 with the URL-safe alphabet and without padding (RFC 4648, section 5), as in JOSE.
enum Base64URL {
  /// Returns bytes as text.
  static func encode(_ bytes: [UInt8]) -> String {
    String(
      Data(bytes).base64EncodedString().compactMap { character in
        switch character {
        case "+": "-"
        case "/": "_"
        case "=": nil
        default: character
        }
      })
  }

  /// Returns the bytes of a text.
  ///
  /// - Returns: Nil unless `text` is exactly what `encode` produces.
  static func decode(_ text: some StringProtocol) -> [UInt8]? {
    let isOfAlphabet = text.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2D
        || byte == 0x5F
    }
    guard isOfAlphabet, text.utf8.count % 4 != 1 else { return nil }
    var standard = text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
    while standard.count % 4 != 0 { standard.append("=") }
    guard let data = Data(base64Encoded: String(standard)) else { return nil }
    let bytes = Array(data)
    return encode(bytes) == text ? bytes : nil
  }
}
