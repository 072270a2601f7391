/// The lines of a file, addressed by byte offsets.
struct TextLines {
  let bytes: [UInt8]
  /// Length of the byte order mark: 3, or 0 if there is none.
  let start: Int

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  /// The file's line break: that of its first line, or LF if there is none.
  var lineBreak: [UInt8] {
    guard let first = bytes.firstIndex(of: UInt8(ascii: "\n")), first > 0, bytes[first - 1] == UInt8(ascii: "\r") else {
      return [UInt8(ascii: "\n")]
    }
    return [UInt8(ascii: "\r"), UInt8(ascii: "\n")]
  }

  /// Returns the start of the line that contains `offset`.
  func lineStart(_ offset: Int) -> Int {
    let offset = min(offset, bytes.count)
    return bytes[..<offset].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? min(start, bytes.count)
  }

  /// Returns the start of the line break that ends the line containing `offset`, or the file's end.
  func lineEnd(_ offset: Int) -> Int {
    guard offset < bytes.count, let end = bytes[offset...].firstIndex(of: UInt8(ascii: "\n")) else {
      return bytes.count
    }
    return end > offset && bytes[end - 1] == UInt8(ascii: "\r") ? end - 1 : end
  }

  /// Returns the start of the next line, or the file's end.
  func nextLine(_ offset: Int) -> Int {
    guard offset < bytes.count, let end = bytes[offset...].firstIndex(of: UInt8(ascii: "\n")) else {
      return bytes.count
    }
    return end + 1
  }

  /// Returns the number of bytes from the start of the line to `offset`.
  func column(_ offset: Int) -> Int { offset - lineStart(offset) }

  /// Whether only white space precedes `offset` on its line.
  func isFirst(_ offset: Int) -> Bool { isBlank(lineStart(offset)..<offset) }

  func isBlank(_ range: Range<Int>) -> Bool {
    bytes[range].allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }
  }

  /// Returns `offset` moved back over white space and line breaks, but not before `limit`.
  func trimmedEnd(_ offset: Int, limit: Int) -> Int {
    var end = min(offset, bytes.count)
    while end > limit, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[end - 1]) { end -= 1 }
    return end
  }

  /// Returns `offset` moved forward over spaces and tabs.
  func skippingSpaces(_ offset: Int) -> Int {
    var offset = offset
    while offset < bytes.count, bytes[offset] == UInt8(ascii: " ") || bytes[offset] == UInt8(ascii: "\t") {
      offset += 1
    }
    return offset
  }

  func byte(_ offset: Int) -> UInt8? { bytes.indices.contains(offset) ? bytes[offset] : nil }
}
