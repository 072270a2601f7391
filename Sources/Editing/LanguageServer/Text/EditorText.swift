/// The unit in which the client counts positions in a line.
package enum PositionEncoding: String, Sendable {
  case utf8 = "utf-8"
  case utf16 = "utf-16"

  /// Returns the number of units that a byte of UTF-8 adds.
  fileprivate func units(_ byte: UInt8) -> Int {
    switch self {
    case .utf8: 1
    case .utf16: byte & 0xC0 == 0x80 ? 0 : byte >= 0xF0 ? 2 : 1
    }
  }
}

/// A position between two characters, counted from 0.
package struct EditorPosition: Sendable, Equatable {
  /// The line, from 0.
  package let line: Int
  /// The offset in the line, in units of the client's encoding.
  package let character: Int

  package init(line: Int, character: Int) {
    self.line = line
    self.character = character
  }
}

/// A text with the lines that LSP counts (ended by `\n`, `\r\n` or `\r`).
package struct EditorText: Sendable {
  /// The text in UTF-8.
  package private(set) var bytes: [UInt8]
  private var starts: [Int]

  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
    starts = Self.starts(of: bytes)
  }

  /// The number of lines, at least 1.
  package var lineCount: Int { starts.count }

  /// Returns the byte range of a line (from 0) without its line ending.
  package func line(_ line: Int) -> Range<Int> {
    guard line >= 0, line < starts.count else { return bytes.count..<bytes.count }
    var end = line + 1 < starts.count ? starts[line + 1] : bytes.count
    let start = starts[line]
    while end > start, bytes[end - 1] == 0x0A || bytes[end - 1] == 0x0D { end -= 1 }
    return start..<end
  }

  /// Returns the line (from 0) that contains a byte.
  package func line(at offset: Int) -> Int {
    var low = 0
    var high = starts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= offset { low = middle } else { high = middle }
    }
    return low
  }

  /// Returns the byte offset of a position. A position after the end of a line or of the text means its end; one within
  /// a character means the character's start.
  package func offset(of position: EditorPosition, _ encoding: PositionEncoding) -> Int {
    guard position.line >= 0 else { return 0 }
    guard position.line < starts.count else { return bytes.count }
    let line = line(position.line)
    var units = 0
    var boundary = line.lowerBound
    for index in line {
      if bytes[index] & 0xC0 != 0x80 {
        if units > position.character { return boundary }
        boundary = index
        if units == position.character { return boundary }
      }
      units += encoding.units(bytes[index])
    }
    return units > position.character && boundary < line.upperBound ? boundary : line.upperBound
  }

  /// Returns the position of a byte offset.
  package func position(of offset: Int, _ encoding: PositionEncoding) -> EditorPosition {
    let offset = min(max(offset, 0), bytes.count)
    let line = line(at: offset)
    let character = bytes[starts[line]..<offset].reduce(0) { $0 + encoding.units($1) }
    return EditorPosition(line: line, character: character)
  }

  /// Replaces the text between two positions.
  package mutating func replace(
    from start: EditorPosition, to end: EditorPosition, with text: String, _ encoding: PositionEncoding
  ) {
    let first = offset(of: start, encoding)
    let last = offset(of: end, encoding)
    bytes.replaceSubrange(min(first, last)..<max(first, last), with: text.utf8)
    starts = Self.starts(of: bytes)
  }

  private static func starts(of bytes: [UInt8]) -> [Int] {
    var starts = [0]
    for (index, byte) in bytes.enumerated() {
      let isEnd = byte == 0x0A || (byte == 0x0D && (index + 1 == bytes.count || bytes[index + 1] != 0x0A))
      if isEnd { starts.append(index + 1) }
    }
    return starts
  }
}
