/// An IPv4 or IPv6 address.
package struct IPAddress: Sendable, Hashable {
  /// The address in network byte order: 4 bytes for IPv4, 16 for IPv6.
  package let bytes: [UInt8]

  /// Whether this is an IPv4 address.
  package var isIPv4: Bool { bytes.count == 4 }

  /// Parses dotted decimal or RFC 4291 text without a zone; nil for anything else.
  ///
  /// Dotted decimal must not have leading zeros: some parsers treat such numbers as octal.
  package init?(_ text: some StringProtocol) {
    if text.utf8.contains(UInt8(ascii: ":")) {
      guard let bytes = Self.parseIPv6(String(text)) else { return nil }
      self.bytes = bytes
    } else {
      guard let bytes = Self.parseIPv4(String(text)) else { return nil }
      self.bytes = bytes
    }
  }

  private static func parseIPv4(_ text: String) -> [UInt8]? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    let bytes = parts.compactMap { part -> UInt8? in
      guard !part.isEmpty, part.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), part == "0" || !part.hasPrefix("0")
      else { return nil }
      return UInt8(part)
    }
    return bytes.count == 4 ? bytes : nil
  }

  private static func parseIPv6(_ text: String) -> [UInt8]? {
    let halves = text.split(separator: "::", omittingEmptySubsequences: false)
    guard (1...2).contains(halves.count) else { return nil }
    var groups: [[UInt8]] = []
    for half in halves {
      guard let bytes = parseGroups(half) else { return nil }
      groups.append(bytes)
    }
    if groups.count == 1 { return groups[0].count == 16 ? groups[0] : nil }
    let missing = 16 - groups[0].count - groups[1].count
    // "::" represents at least one group of zeros.
    guard missing >= 2 else { return nil }
    return groups[0] + [UInt8](repeating: 0, count: missing) + groups[1]
  }

  private static func parseGroups(_ text: Substring) -> [UInt8]? {
    if text.isEmpty { return [] }
    var bytes: [UInt8] = []
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    for (index, part) in parts.enumerated() {
      if part.contains("."), index == parts.count - 1 {
        guard let tail = parseIPv4(String(part)) else { return nil }
        bytes += tail
      } else {
        guard (1...4).contains(part.utf8.count), let group = UInt16(part, radix: 16), !part.hasPrefix("+") else {
          return nil
        }
        bytes += [UInt8(group >> 8), UInt8(group & 0xFF)]
      }
    }
    return bytes.count <= 16 ? bytes : nil
  }
}

extension IPAddress: CustomStringConvertible {
  /// The conventional text form: dotted decimal, or the short form of RFC 5952.
  package var description: String {
    if isIPv4 { return bytes.map { String($0) }.joined(separator: ".") }
    let groups = stride(from: 0, to: bytes.count, by: 2).map { Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]) }
    var longest = 0..<0
    for start in groups.indices where groups[start] == 0 {
      let end = groups[start...].firstIndex { $0 != 0 } ?? groups.count
      if end - start > max(1, longest.count) { longest = start..<end }
    }
    func text(_ part: ArraySlice<Int>) -> String { part.map { String($0, radix: 16) }.joined(separator: ":") }
    return longest.isEmpty
      ? text(groups[...]) : "\(text(groups[..<longest.lowerBound]))::\(text(groups[longest.upperBound...]))"
  }
}
