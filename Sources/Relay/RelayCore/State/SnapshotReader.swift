import CRelayCore

/// Reads the output of `SnapshotWriter`. Everything is checked, because a file may contain anything.
struct SnapshotReader {
  /// Thrown if the bytes are not the output of `SnapshotWriter`.
  struct Malformed: Error {}

  private let bytes: ArraySlice<UInt8>
  private var position: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  var isAtEnd: Bool { position == bytes.endIndex }

  mutating func number() throws(Malformed) -> UInt64 {
    guard bytes.endIndex - position >= 8 else { throw Malformed() }
    defer { position += 8 }
    return (0..<8).reduce(0) { $0 | UInt64(bytes[position + $1]) << UInt64(8 * $1) }
  }

  mutating func number32() throws(Malformed) -> UInt32 {
    guard let value = UInt32(exactly: try number()) else { throw Malformed() }
    return value
  }

  /// Reads the number of elements that follow, each of at least `size` bytes.
  mutating func count(ofAtLeast size: Int) throws(Malformed) -> Int {
    guard let value = Int(exactly: try number()), value <= (bytes.endIndex - position) / size else { throw Malformed() }
    return value
  }

  mutating func string() throws(Malformed) -> [UInt8] {
    let count = try count(ofAtLeast: 1)
    defer { position += count }
    return Array(bytes[position..<position + count])
  }

  mutating func endpoint() throws(Malformed) -> Endpoint {
    Endpoint(high: try number(), low: try number(), meta: try number())
  }
}
