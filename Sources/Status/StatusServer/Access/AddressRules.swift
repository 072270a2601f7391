package import ConfigModel

/// Allowlists of client addresses, and the client's address behind proxies.
package enum AddressRules {
  /// Returns whether an allowlist admits an address.
  ///
  /// - Parameters:
  ///   - address: address of the client; nil if unknown, which only an empty list admits.
  ///   - list: addresses and networks; empty admits every address.
  package static func allow(_ address: IPAddress?, _ list: [String]) -> Bool {
    guard !list.isEmpty else { return true }
    guard let address else { return false }
    return list.contains { entry in
      if let network = IPNetwork(entry) { return contains(network, address) }
      return IPAddress(entry) == address
    }
  }

  /// Returns whether an address is in any of the networks.
  static func isIn(_ address: IPAddress, _ networks: [IPNetwork]) -> Bool {
    networks.contains { contains($0, address) }
  }

  /// Returns whether an address is in a network.
  static func contains(_ network: IPNetwork, _ address: IPAddress) -> Bool {
    guard network.address.bytes.count == address.bytes.count else { return false }
    var bits = network.prefixLength
    for (left, right) in zip(network.address.bytes, address.bytes) {
      guard bits > 0 else { return true }
      let mask = bits >= 8 ? UInt8.max : ~(UInt8.max >> UInt8(bits))
      guard left & mask == right & mask else { return false }
      bits -= 8
    }
    return true
  }

  /// Parses an address as sockets report it. An IPv4-mapped IPv6 address becomes the IPv4 address.
  package static func address(_ text: some StringProtocol) -> IPAddress? {
    guard let address = IPAddress(text.prefix { $0 != "%" }) else { return nil }
    let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
    guard address.bytes.starts(with: mapped), address.bytes.count == 16 else { return address }
    return IPAddress(address.bytes.dropFirst(12).map { String($0) }.joined(separator: "."))
  }

  /// Parses an address as proxies write it, optionally with a port; an IPv6 address with a port is in brackets.
  private static func hop(_ text: Substring) -> IPAddress? {
    let plain = text.drop { $0 == " " || $0 == "\t" }
    let trimmed = plain.prefix(plain.count - plain.reversed().prefix { $0 == " " || $0 == "\t" }.count)
    if trimmed.hasPrefix("[") {
      let parts = trimmed.dropFirst().split(separator: "]", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, parts[1].isEmpty || isPort(parts[1]) else { return nil }
      return address(parts[0])
    }
    if let found = address(trimmed) { return found }
    let parts = trimmed.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, isPort(":" + parts[1]) else { return nil }
    return address(parts[0])
  }

  private static func isPort(_ text: some StringProtocol) -> Bool {
    text.hasPrefix(":") && UInt16(text.dropFirst()) != nil
  }

  /// Returns the client's address: if the request came from a trusted proxy, the last entry of `X-Forwarded-For` that
  /// is not itself a trusted proxy.
  ///
  /// Earlier entries were sent by the client and prove nothing. If a trusted proxy added something that is not an
  /// address, the client is unknown.
  ///
  /// - Parameters:
  ///   - peer: address of the connection.
  ///   - forwardedFor: values of the header, in order.
  ///   - trusted: networks of the trusted proxies.
  /// - Returns: Nil if the client is unknown.
  package static func client(_ peer: IPAddress?, forwardedFor: [String], trusted: [IPNetwork]) -> IPAddress? {
    guard let peer, isIn(peer, trusted) else { return peer }
    var client = peer
    let parts = forwardedFor.flatMap { $0.split(separator: ",") }
    for part in parts.reversed() where !part.allSatisfy({ $0 == " " || $0 == "\t" }) {
      guard let hop = hop(part) else { return nil }
      client = hop
      guard isIn(hop, trusted) else { return client }
    }
    return client
  }
}
