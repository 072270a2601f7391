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
  static func address(_ text: String) -> IPAddress? {
    let plain = text.split(separator: "%", maxSplits: 1).first.map(String.init) ?? text
    if plain.lowercased().hasPrefix("::ffff:"), let mapped = IPAddress(plain.dropFirst(7)), mapped.isIPv4 {
      return mapped
    }
    return IPAddress(plain)
  }

  /// The client's address: the last one of `X-Forwarded-For` that is no trusted proxy's, where the request came from one.
  static func client(_ peer: IPAddress?, forwardedFor: String?, trusted: [IPNetwork]) -> IPAddress? {
    guard let peer, trusted.contains(where: { contains($0, peer) }), let forwardedFor else { return peer }
    var client = peer
    for part in forwardedFor.split(separator: ",").reversed() {
      guard let hop = address(part.filter { !$0.isWhitespace }) else { return client }
      client = hop
      guard trusted.contains(where: { contains($0, hop) }) else { return client }
    }
    return client
  }
}
