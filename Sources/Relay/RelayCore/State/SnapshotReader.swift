import CRelayCore

/// Reads the output of `SnapshotWriter`. Everything is checked, because a file may contain anything.
struct SnapshotReader {
  /// Thrown if the bytes are not the output of `SnapshotWriter`.
  struct Malformed: Error {}

  private let bytes: ArraySlice<UInt8>
  private var position: Int
  private let isCompact: Bool

  init(_ bytes: ArraySlice<UInt8>, isCompact: Bool = false) {
    self.bytes = bytes
    self.isCompact = isCompact
    position = bytes.startIndex
  }

  var isAtEnd: Bool { position == bytes.endIndex }

  mutating func number() throws(Malformed) -> UInt64 {
    try isCompact ? compactNumber() : wholeNumber()
  }

  /// Reads a number of eight bytes.
  mutating func wholeNumber() throws(Malformed) -> UInt64 {
    guard bytes.endIndex - position >= 8 else { throw Malformed() }
    defer { position += 8 }
    let offset = position - bytes.startIndex
    return UInt64(
      littleEndian: bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self) })
  }

  private mutating func compactNumber() throws(Malformed) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: 0 as UInt64, through: 63, by: 7) {
      guard position < bytes.endIndex else { throw Malformed() }
      let byte = bytes[position]
      position += 1
      let part = UInt64(byte & 0x7F)
      // One number has one form.
      guard (part << shift) >> shift == part, byte != 0 || shift == 0 else { throw Malformed() }
      value |= part << shift
      if byte < 0x80 { return value }
    }
    throw Malformed()
  }

  mutating func number32() throws(Malformed) -> UInt32 {
    guard let value = UInt32(exactly: try number()) else { throw Malformed() }
    return value
  }

  /// Reads the number of elements that follow, each of at least `size` bytes if numbers have eight.
  mutating func count(ofAtLeast size: Int) throws(Malformed) -> Int {
    let least = isCompact ? max(1, size / 8) : size
    guard let value = Int(exactly: try number()), value <= (bytes.endIndex - position) / least else {
      throw Malformed()
    }
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
