import CRelayCore

/// Writes numbers and byte strings as a sequence, little-endian and length-prefixed.
struct SnapshotWriter {
  private(set) var bytes: [UInt8] = []
  /// Whether a number takes only as many bytes as it needs, of seven bits each, instead of eight bytes.
  private let isCompact: Bool

  init(isCompact: Bool = false) { self.isCompact = isCompact }

  mutating func write(_ value: UInt64) {
    guard isCompact else { return writeWhole(value) }
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  /// Writes eight bytes, whatever the number.
  mutating func writeWhole(_ value: UInt64) { withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) } }

  mutating func write(_ value: Int) { write(UInt64(value)) }
  mutating func write(_ value: UInt32) { write(UInt64(value)) }

  mutating func write(_ string: [UInt8]) {
    write(string.count)
    bytes.append(contentsOf: string)
  }

  mutating func write(_ endpoint: Endpoint) {
    write(endpoint.high)
    write(endpoint.low)
    write(endpoint.meta)
  }
}
