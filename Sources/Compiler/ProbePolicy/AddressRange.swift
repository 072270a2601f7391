/// A range of IP addresses that share a prefix.
package struct AddressRange: Sendable, Hashable {
  private let bytes: [UInt8]
  private let bits: Int

  /// Makes the range of addresses that share the first `bits` bits of `bytes`.
  ///
  /// - Parameters:
  ///   - bytes: Address in network byte order, 4 or 16 bytes.
  ///   - bits: Length of the prefix; clamped to the address's length.
  package init(_ bytes: [UInt8], _ bits: Int) {
    self.bytes = bytes
    self.bits = min(max(0, bits), bytes.count * 8)
  }

  /// Returns whether the range contains `address`; never true for an address of the other family.
  package func contains(_ address: [UInt8]) -> Bool {
    guard address.count == bytes.count else { return false }
    let whole = bits / 8
    guard address.prefix(whole).elementsEqual(bytes.prefix(whole)) else { return false }
    guard bits % 8 > 0, whole < bytes.count else { return true }
    return (address[whole] ^ bytes[whole]) >> UInt8(8 - bits % 8) == 0
  }
}
