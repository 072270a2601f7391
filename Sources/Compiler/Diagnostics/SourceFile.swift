/// The bytes of one file, with what is needed to show a place in it.
package struct SourceFile: Sendable {
  package let path: String
  package let bytes: [UInt8]

  package init(path: String, bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
  }

  package init(path: String, text: String) { self.init(path: path, bytes: Array(text.utf8)) }

  /// The offset of the first byte of every line. Computed on demand: only files that are shown need it.
  package func lineTable() -> LineTable { LineTable(self) }
}

/// Translates byte offsets of one file into lines and columns, both counted from 1.
package struct LineTable: Sendable {
  private let starts: [Int]
  private let bytes: [UInt8]

  package init(_ file: SourceFile) {
    bytes = file.bytes
    var starts = [0]
    for (index, byte) in file.bytes.enumerated() where byte == UInt8(ascii: "\n") { starts.append(index + 1) }
    self.starts = starts
  }

  package var lineCount: Int { starts.count }

  /// The line, from 1, that holds the byte at `offset`. Complexity: O(log lines).
  package func line(at offset: Int) -> Int {
    var low = 0
    var high = starts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= offset { low = middle } else { high = middle }
    }
    return low + 1
  }

  /// The bytes of a line (from 1) without its line break.
  package func contents(ofLine line: Int) -> ArraySlice<UInt8> {
    guard line >= 1, line <= starts.count else { return [] }
    let start = starts[line - 1]
    var end = line < starts.count ? starts[line] - 1 : bytes.count
    if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    return bytes[start..<max(start, end)]
  }

  /// The offset of the first byte of a line (from 1).
  package func start(ofLine line: Int) -> Int { starts[min(max(line, 1), starts.count) - 1] }

  /// The position of the byte at `offset`; columns count Unicode scalars, as terminals and SARIF's default do.
  package func position(at offset: Int) -> SourcePosition {
    let offset = min(max(offset, 0), bytes.count)
    let line = line(at: offset)
    let prefix = bytes[starts[line - 1]..<offset]
    // A UTF-8 continuation byte (10xxxxxx) belongs to the scalar before it.
    let column = prefix.reduce(into: 1) { count, byte in if byte & 0xC0 != 0x80 { count += 1 } }
    return SourcePosition(line: line, column: column)
  }
}

/// A line and a column, both counted from 1; columns count Unicode scalars.
package struct SourcePosition: Sendable, Hashable, Comparable {
  package var line: Int
  package var column: Int

  package init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  package static func < (left: SourcePosition, right: SourcePosition) -> Bool {
    (left.line, left.column) < (right.line, right.column)
  }
}
