/// Parsed path and query of a request.
struct RequestTarget {
  /// Decoded components of the path.
  let segments: [String]
  /// Path as sent.
  let path: String
  /// Decoded names and values of the query, in order.
  let query: [(name: String, value: String)]

  /// Size of the longest target accepted, in bytes.
  static let maxLength = 8_192

  /// Parses a request target.
  ///
  /// - Returns: Nil if it is not properly encoded.
  init?(_ target: String) {
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, first.hasPrefix("/") else { return nil }
    path = String(first)
    var segments: [String] = []
    for part in first.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
      guard let text = Self.decode(part, plusIsSpace: false) else { return nil }
      segments.append(text)
    }
    self.segments = segments
    var query: [(String, String)] = []
    if parts.count == 2 {
      for pair in parts[1].split(separator: "&") {
        let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = Self.decode(sides[0], plusIsSpace: true),
          let value = Self.decode(sides.count == 2 ? sides[1] : "", plusIsSpace: true)
        else { return nil }
        query.append((name, value))
      }
    }
    self.query = query
  }

  /// Returns the fields of a form; nil if it is not properly encoded.
  static func form(_ text: String) -> [String: String]? {
    guard let target = RequestTarget("/?" + text) else { return nil }
    return Dictionary(target.query.map { ($0.name, $0.value) }) { first, _ in first }
  }

  private static func decode(_ text: Substring, plusIsSpace: Bool) -> String? {
    guard text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else { return String(text) }
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "%"):
        guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else { return nil }
        bytes.append(high << 4 | low)
      case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
      default: bytes.append(byte)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
