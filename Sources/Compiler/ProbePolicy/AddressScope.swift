/// How far an address reaches.
package enum AddressScope: Sendable, Equatable {
  /// No host, several hosts, or a host that only the local link knows. The text says why, as the end of a sentence.
  case none(String)
  /// The machine itself, or a network whose addresses are not globally unique.
  case inside
  /// One host on the Internet, as far as the address shows.
  case global

  /// Classifies an address.
  ///
  /// - Parameter bytes: Address in network byte order, 4 or 16 bytes.
  package init(of bytes: [UInt8]) {
    switch bytes.count {
    case 4: self = Self.ofIPv4(bytes)
    case 16: self = Self.ofIPv6(bytes)
    default: self = .none("is not an address")
    }
  }

  /// Classifies an address by the IANA IPv4 special-purpose registry. Documentation networks count as global.
  private static func ofIPv4(_ bytes: [UInt8]) -> AddressScope {
    func within(_ network: [UInt8], _ bits: Int) -> Bool { AddressRange(network, bits).contains(bytes) }
    if within([0, 0, 0, 0], 8) { return .none("is not an address of a host") }
    if within([224, 0, 0, 0], 4) { return .none("is a multicast address") }
    if within([240, 0, 0, 0], 4) { return .none("is a broadcast or reserved address") }
    if within([169, 254, 0, 0], 16) { return .none("is a link-local address") }
    let inside: [([UInt8], Int)] = [
      // Loopback; private networks (RFC 1918); carrier-grade NAT (RFC 6598); IETF protocol assignments; 6to4 relays;
      // benchmarking.
      ([127, 0, 0, 0], 8), ([10, 0, 0, 0], 8), ([172, 16, 0, 0], 12), ([192, 168, 0, 0], 16), ([100, 64, 0, 0], 10),
      ([192, 0, 0, 0], 24), ([192, 88, 99, 0], 24), ([198, 18, 0, 0], 15),
    ]
    return inside.contains { within($0.0, $0.1) } ? .inside : .global
  }

  private static func ofIPv6(_ bytes: [UInt8]) -> AddressScope {
    func within(_ start: [UInt8], _ bits: Int) -> Bool {
      AddressRange(start + [UInt8](repeating: 0, count: 16 - start.count), bits).contains(bytes)
    }
    if bytes.allSatisfy({ $0 == 0 }) { return .none("is not an address of a host") }
    if within([0xFF], 8) { return .none("is a multicast address") }
    if within([0xFE, 0x80], 10) { return .none("is a link-local address") }
    let inside: [([UInt8], Int)] = [
      // Unique local; site-local (deprecated); discard-only; segment routing; benchmarking; local-use NAT64.
      ([0xFC], 7), ([0xFE, 0xC0], 10), ([0x01, 0x00], 64), ([0x5F, 0x00], 16), ([0x20, 0x01, 0x00, 0x02], 48),
      ([0x00, 0x64, 0xFF, 0x9B, 0x00, 0x01], 48),
    ]
    if inside.contains(where: { within($0.0, $0.1) }) { return .inside }
    let inner = embedded(in: bytes).map(ofIPv4)
    // If an embedded IPv4 address is inside, a translator may lead there, whatever the rest says.
    for scope in inner { if case .none = scope { return bytes.starts(with: mapped) ? scope : .inside } }
    return inner.contains(.inside) ? .inside : .global
  }

  private static let mapped: [UInt8] = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]

  /// Returns the IPv4 addresses that an IPv6 address embeds, by every scheme in use.
  private static func embedded(in bytes: [UInt8]) -> [[UInt8]] {
    var found: [[UInt8]] = []
    let zeros = { (range: Range<Int>) in bytes[range].allSatisfy { $0 == 0 } }
    // ::ffff:a.b.c.d, ::a.b.c.d (with ::1) and ::ffff:0:a.b.c.d
    if zeros(0..<10), bytes[10...11].elementsEqual([0xFF, 0xFF]) || zeros(10..<12) {
      found.append(Array(bytes[12...]))
    }
    if zeros(0..<8), bytes[8...9].elementsEqual([0xFF, 0xFF]), zeros(10..<12) { found.append(Array(bytes[12...])) }
    // NAT64 (RFC 6052), 6to4 (RFC 3056), Teredo's server and, inverted, its client (RFC 4380).
    if bytes.starts(with: [0x00, 0x64, 0xFF, 0x9B]), zeros(4..<12) { found.append(Array(bytes[12...])) }
    if bytes.starts(with: [0x20, 0x02]) { found.append(Array(bytes[2...5])) }
    if bytes.starts(with: [0x20, 0x01, 0x00, 0x00]) {
      found += [Array(bytes[4...7]), bytes[12...].map { ~$0 }]
    }
    // ISATAP (RFC 5214).
    if bytes[8] & 0xFD == 0, bytes[9...11].elementsEqual([0x00, 0x5E, 0xFE]) { found.append(Array(bytes[12...])) }
    return found
  }
}
