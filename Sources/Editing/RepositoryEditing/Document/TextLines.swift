/// Lines of a file, by byte offsets.
struct TextLines {
  let bytes: [UInt8]
  /// Bytes of a byte order mark.
  let start: Int

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  /// The line break that the file uses: that of its first line, LF where it has none.
  var lineBreak: [UInt8] {
    guard let first = bytes.firstIndex(of: UInt8(ascii: "\n")), first > 0, bytes[first - 1] == UInt8(ascii: "\r") else {
      return [UInt8(ascii: "\n")]
    }
    return [UInt8(ascii: "\r"), UInt8(ascii: "\n")]
  }

  /// The first byte of the line that holds `offset`.
  func lineStart(_ offset: Int) -> Int {
    let offset = min(offset, bytes.count)
    return bytes[..<offset].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? min(start, bytes.count)
  }

  /// Where the line break of the line that holds `offset` begins, or the file's end.
  func lineEnd(_ offset: Int) -> Int {
    guard offset < bytes.count, let end = bytes[offset...].firstIndex(of: UInt8(ascii: "\n")) else {
      return bytes.count
    }
    return end > offset && bytes[end - 1] == UInt8(ascii: "\r") ? end - 1 : end
  }

  /// The first byte of the next line, or the file's end.
  func nextLine(_ offset: Int) -> Int {
    guard offset < bytes.count, let end = bytes[offset...].firstIndex(of: UInt8(ascii: "\n")) else {
      return bytes.count
    }
    return end + 1
  }

  /// Bytes between the line's first and `offset`.
  func column(_ offset: Int) -> Int { offset - lineStart(offset) }

  /// Whether nothing but spaces stands before `offset` on its line.
  func isFirst(_ offset: Int) -> Bool { isBlank(lineStart(offset)..<offset) }

  func isBlank(_ range: Range<Int>) -> Bool {
    bytes[range].allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }
  }

  /// `offset` moved back over white space and line breaks, not further than `limit`.
  func trimmedEnd(_ offset: Int, limit: Int) -> Int {
    var end = min(offset, bytes.count)
    while end > limit, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[end - 1]) { end -= 1 }
    return end
  }

  /// `offset` moved on over spaces and tabs.
  func skippingSpaces(_ offset: Int) -> Int {
    var offset = offset
    while offset < bytes.count, bytes[offset] == UInt8(ascii: " ") || bytes[offset] == UInt8(ascii: "\t") {
      offset += 1
    }
    return offset
  }

  func byte(_ offset: Int) -> UInt8? { bytes.indices.contains(offset) ? bytes[offset] : nil }
}
