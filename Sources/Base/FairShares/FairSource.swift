/// Where an entry of a fair table comes from: from the widest level to the narrowest.
package struct FairSource: Sendable, Hashable {
  package let levels: [String]

  package init(_ levels: [String]) { self.levels = levels }

  /// A client's network: an IPv4 address within its /24 and /16, or the /64 of an IPv6 one within its /48 and /32. One
  /// client has a /64 as a whole, and a provider gives a /48 to anybody who asks.
  ///
  /// - Parameter address: the 4 or 16 bytes of an address; nil where it is not known.
  package static func network(_ address: [UInt8]?) -> FairSource {
    guard var bytes = address, bytes.count == 4 || bytes.count == 16 else { return FairSource(["unknown"]) }
    // ::ffff:0:0/96 is IPv4 that came over an IPv6 socket.
    if bytes.count == 16, bytes.prefix(10).allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF {
      bytes = Array(bytes.suffix(4))
    }
    let lengths = bytes.count == 4 ? [2, 3, 4] : [4, 6, 8]
    let family = bytes.count == 4 ? "4" : "6"
    return FairSource(
      lengths.map { length in "\(family):" + bytes.prefix(length).map { String($0) }.joined(separator: ".") })
  }
}
