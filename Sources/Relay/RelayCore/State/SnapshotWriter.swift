import CRelayCore

/// Writes numbers and byte strings as a sequence, little-endian and length-prefixed.
struct SnapshotWriter {
  private(set) var bytes: [UInt8] = []

  mutating func write(_ value: UInt64) {
    for shift in stride(from: 0, through: 56, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift))) }
  }

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
