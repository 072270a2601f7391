/// Conversion of byte offsets into lines and columns, both from 1.
package struct LineTable: Sendable {
  private let starts: [Int]
  private let bytes: [UInt8]

  /// Finds the lines of `file`. Complexity: O(bytes).
  package init(_ file: SourceFile) {
    bytes = file.bytes
    var starts = [0]
    for (index, byte) in file.bytes.enumerated() where byte == UInt8(ascii: "\n") { starts.append(index + 1) }
    self.starts = starts
  }

  /// Number of lines, at least 1.
  package var lineCount: Int { starts.count }

  /// Returns the line, from 1, that contains the byte at `offset`. Complexity: O(log lines).
  package func line(at offset: Int) -> Int {
    var low = 0
    var high = starts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= offset { low = middle } else { high = middle }
    }
    return low + 1
  }

  /// Returns the bytes of a line (from 1) without its line break; empty if there is no such line.
  package func contents(ofLine line: Int) -> ArraySlice<UInt8> {
    guard line >= 1, line <= starts.count else { return [] }
    let start = starts[line - 1]
    var end = line < starts.count ? starts[line] - 1 : bytes.count
    if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    return bytes[start..<max(start, end)]
  }

  /// Returns the offset of the first byte of a line (from 1).
  package func start(ofLine line: Int) -> Int { starts[min(max(line, 1), starts.count) - 1] }

  /// Returns the position of the byte at `offset`. Columns count Unicode scalars, like terminals and SARIF by default.
  package func position(at offset: Int) -> SourcePosition {
    let offset = min(max(offset, 0), bytes.count)
    let line = line(at: offset)
    let prefix = bytes[starts[line - 1]..<offset]
    // A UTF-8 continuation byte (10xxxxxx) belongs to the scalar before it.
    let column = prefix.reduce(into: 1) { count, byte in if byte & 0xC0 != 0x80 { count += 1 } }
    return SourcePosition(line: line, column: column)
  }
}
