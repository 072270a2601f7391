import CLibYAML

/// Conversion of libyaml's marks, which count code points, into byte offsets.
struct OffsetTable {
  /// Length in bytes of the byte order mark, which is not passed to libyaml.
  let base: Int
  /// Byte offset of every 64th code point; nil if every code point is one byte.
  private let steps: [Int]?
  private let bytes: [UInt8]

  private static let stride = 64

  init(_ bytes: [UInt8], isASCII: Bool) {
    self.bytes = bytes
    base = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    guard !isASCII else {
      steps = nil
      return
    }
    var steps: [Int] = []
    var count = 0
    for index in base..<bytes.count where bytes[index] & 0xC0 != 0x80 {
      if count % Self.stride == 0 { steps.append(index) }
      count += 1
    }
    self.steps = steps
  }

  /// Returns the byte offset of a mark.
  func offset(_ mark: yaml_mark_t) -> Int {
    guard let steps else { return min(Int(mark.index) + base, bytes.count) }
    let step = Int(mark.index) / Self.stride
    guard step < steps.count else { return bytes.count }
    var position = steps[step]
    for _ in 0..<Int(mark.index) % Self.stride {
      position += 1
      while position < bytes.count, bytes[position] & 0xC0 == 0x80 { position += 1 }
    }
    return min(position, bytes.count)
  }
}
