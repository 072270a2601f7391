/// An IP network: an address whose host bits are zero, and a prefix length.
package struct IPNetwork: Sendable, Hashable {
  /// The lowest address of the network.
  package let address: IPAddress
  /// Length of the prefix in bits: 0 to 32 for IPv4, 0 to 128 for IPv6.
  package let prefixLength: Int

  /// Parses `ADDRESS/BITS`; nil also if bits beyond the prefix are set.
  package init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let address = IPAddress(parts[0]), let bits = Int(parts[1]), bits >= 0,
      bits <= address.bytes.count * 8
    else { return nil }
    for (index, byte) in address.bytes.enumerated() {
      let kept = min(8, max(0, bits - index * 8))
      guard kept == 8 || byte & UInt8(0xFF >> kept) == 0 else { return nil }
    }
    self.address = address
    prefixLength = bits
  }

  /// Returns whether an address is in the network; false for an address of the other family.
  package func contains(_ other: IPAddress) -> Bool {
    guard other.bytes.count == address.bytes.count else { return false }
    return zip(address.bytes, other.bytes).enumerated().allSatisfy { index, pair in
      let kept = min(8, max(0, prefixLength - index * 8))
      return (pair.0 ^ pair.1) >> UInt8(8 - kept) == 0
    }
  }
}
