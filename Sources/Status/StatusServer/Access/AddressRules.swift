package import ConfigModel

/// Which addresses are let in, and whose they are.
package enum AddressRules {
  /// - Parameter list: addresses and networks; empty for all.
  package static func allow(_ address: IPAddress?, _ list: [String]) -> Bool {
    guard !list.isEmpty else { return true }
    guard let address else { return false }
    return list.contains { entry in
      if let network = IPNetwork(entry) { return contains(network, address) }
      return IPAddress(entry) == address
    }
  }

  static func isIn(_ address: IPAddress, _ networks: [IPNetwork]) -> Bool {
    networks.contains { contains($0, address) }
  }

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

  /// An address as the socket gives it; an IPv4 one that came over an IPv6 socket is that IPv4 one.
  static func address(_ text: some StringProtocol) -> IPAddress? {
    guard let address = IPAddress(text.prefix { $0 != "%" }) else { return nil }
    let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
    guard address.bytes.starts(with: mapped), address.bytes.count == 16 else { return address }
    return IPAddress(address.bytes.dropFirst(12).map { String($0) }.joined(separator: "."))
  }

  /// An address as proxies write it: some with a port, which takes an IPv6 one into brackets.
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

  /// The client's address: the last one of `X-Forwarded-For` that is not a trusted proxy's, where the request came from one.
  ///
  /// What stands before it was sent by the client, and says nothing. Where a trusted proxy wrote something that is no
  /// address, nobody knows who comes.
  ///
  /// - Parameter forwardedFor: the header's values, in their order.
  /// - Returns: Nil where it is not known.
  static func client(_ peer: IPAddress?, forwardedFor: [String], trusted: [IPNetwork]) -> IPAddress? {
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
