/// The source of an entry in a fair table, as a path from the widest level to the narrowest.
package struct FairSource: Sendable, Hashable {
  /// The levels, widest first.
  package let levels: [String]

  /// Creates a source from its levels, widest first.
  package init(_ levels: [String]) { self.levels = levels }

  /// Returns the network of a client: an IPv4 address within its /24 and /16, or an IPv6 /64 within its /48 and /32. A
  /// client controls an entire /64, and providers assign a /48 to any customer who asks.
  ///
  /// - Parameter address: the 4 or 16 bytes of an address; nil if it is unknown.
  package static func network(_ address: [UInt8]?) -> FairSource {
    guard var bytes = address, bytes.count == 4 || bytes.count == 16 else { return FairSource(["unknown"]) }
    // ::ffff:0:0/96 is IPv4 over an IPv6 socket.
    if bytes.count == 16, bytes.prefix(10).allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF {
      bytes = Array(bytes.suffix(4))
    }
    let lengths = bytes.count == 4 ? [2, 3, 4] : [4, 6, 8]
    let family = bytes.count == 4 ? "4" : "6"
    return FairSource(
      lengths.map { length in "\(family):" + bytes.prefix(length).map { String($0) }.joined(separator: ".") })
  }
}
