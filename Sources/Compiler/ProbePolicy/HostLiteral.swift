/// Hosts whose addresses are known without a DNS query.
package enum HostLiteral {
  /// Parses an IPv4 address in any form that the C library accepts; nil for anything else.
  ///
  /// Besides dotted decimal, it accepts fewer than four parts, and octal or hexadecimal numbers, as in `127.1`,
  /// `0x7f000001` and `017700000001`.
  package static func ipv4(_ text: String) -> [UInt8]? {
    let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard (1...4).contains(parts.count) else { return nil }
    let numbers = parts.compactMap { number(Substring($0)) }
    guard numbers.count == parts.count, let last = numbers.last else { return nil }
    let heads = numbers.dropLast()
    // The last number fills all bytes that are left.
    let room = 8 * (4 - heads.count)
    guard heads.allSatisfy({ $0 <= 255 }), last >> UInt64(room) == 0 else { return nil }
    let tail = stride(from: room - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: last >> UInt64($0)) }
    return heads.map { UInt8($0) } + tail
  }

  /// Returns whether a name means the machine itself (RFC 6761).
  package static func isLocalhost(_ name: String) -> Bool {
    let name = name.lowercased()
    return name == "localhost" || name.utf8.suffix(10).elementsEqual(".localhost".utf8)
  }

  private static func number(_ text: Substring) -> UInt64? {
    let isHexadecimal = text.utf8.starts(with: "0x".utf8) || text.utf8.starts(with: "0X".utf8)
    let digits = isHexadecimal ? text.dropFirst(2) : text
    let radix = isHexadecimal ? 16 : text.utf8.first == UInt8(ascii: "0") ? 8 : 10
    guard digits.utf8.count <= 16, digits.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) else {
      return nil
    }
    return UInt64(digits, radix: radix)
  }
}
