/// The addresses that begin with the same bits.
package struct AddressRange: Sendable, Hashable {
  private let bytes: [UInt8]
  private let bits: Int

  /// - Parameters:
  ///   - bytes: 4 or 16.
  ///   - bits: how many of them count.
  package init(_ bytes: [UInt8], _ bits: Int) {
    self.bytes = bytes
    self.bits = min(max(0, bits), bytes.count * 8)
  }

  /// Whether it has an address of its family.
  package func contains(_ address: [UInt8]) -> Bool {
    guard address.count == bytes.count else { return false }
    let whole = bits / 8
    guard address.prefix(whole).elementsEqual(bytes.prefix(whole)) else { return false }
    guard bits % 8 > 0, whole < bytes.count else { return true }
    return (address[whole] ^ bytes[whole]) >> UInt8(8 - bits % 8) == 0
  }
}
