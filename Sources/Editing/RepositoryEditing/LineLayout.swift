import Diagnostics
import YAMLSyntax

/// The lines of a file with their new indentation.
struct LineLayout {
  private let bytes: [UInt8]
  private let starts: [Int]
  /// The plan for each line.
  private var plans: [Plan]
  /// Ranges of white space after `:` and `-`, with the number of spaces that replace them.
  private var gaps: [(range: Range<Int>, spaces: Int)] = []

  private enum Plan {
    /// A comment or blank line, which is aligned with the following line.
    case undecided
    /// The line starts at a known indentation.
    case indent(Int)
    /// A line inside a value, moved as far as the value's first line.
    case shift(by: Int, protected: Bool)
  }

  init(_ bytes: [UInt8]) {
    var clean = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    // Offsets refer to the original bytes, so the byte order mark stays here and `text()` removes it.
    if clean.count != bytes.count { clean = bytes }
    self.bytes = clean
    var starts = [0]
    for (index, byte) in clean.enumerated() where byte == UInt8(ascii: "\n") { starts.append(index + 1) }
    self.starts = starts
    plans = [Plan](repeating: .undecided, count: starts.count)
  }

  // MARK: - Planning

  /// Plans the lines of a node whose block starts at column `indent`.
  mutating func visit(_ node: YAMLNode, indent: Int) {
    switch node.content {
    case .scalar(let scalar): visitScalar(node.range, scalar, indent: indent)
    case .mapping(let members):
      if isFlow(node) {
        shiftLines(of: node.range, isProtected: false)
        return
      }
      for member in members {
        place(member.nameRange.start, at: indent)
        visitValue(member.value, after: Int(member.nameRange.end), marker: UInt8(ascii: ":"), indent: indent + 2)
      }
    case .sequence(let elements):
      if isFlow(node) {
        shiftLines(of: node.range, isProtected: false)
        return
      }
      for element in elements {
        guard let dash = dash(before: Int(element.range.start)) else { continue }
        place(UInt32(dash), at: indent)
        visitValue(element, after: dash, marker: UInt8(ascii: "-"), indent: indent + 2)
      }
    }
  }

  private mutating func visitValue(_ value: YAMLNode, after end: Int, marker: UInt8, indent: Int) {
    let start = Int(value.range.start)
    if line(of: start) == line(of: end), let mark = bytes[min(end, start)..<start].lastIndex(of: marker) {
      let gap = mark + 1..<start
      if !gap.isEmpty, bytes[gap].allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }) {
        gaps.append((gap, 1))
      }
    }
    visit(value, indent: indent)
  }

  private mutating func visitScalar(_ range: SourceRange, _ scalar: YAMLScalar, indent: Int) {
    let first = line(of: Int(range.start))
    let last = line(of: max(Int(range.start), Int(range.end) - 1))
    guard last > first else {
      // A value alone on the line after its name.
      if isFirst(Int(range.start)) { place(range.start, at: indent) }
      return
    }
    switch scalar.style {
    case .literal, .folded: planBlockScalar(lines: first + 1...last, header: first, indent: indent)
    case .plain, .singleQuoted, .doubleQuoted:
      if isFirst(Int(range.start)) { place(range.start, at: indent) }
      for line in first + 1...last { plans[line] = .indent(indent) }
    }
  }

  /// Moves a block scalar's text as a whole, so that its relative indentation is preserved.
  private mutating func planBlockScalar(lines: ClosedRange<Int>, header: Int, indent: Int) {
    let depths = lines.filter { !isBlank($0) }.map { column(of: firstVisible($0)) }
    let headerText = bytes[starts[header]..<endOfLine(header)]
    // With an indentation indicator (`|2`), leading spaces of the text cannot be distinguished from indentation.
    let hasIndicator = headerText.reversed().prefix { $0 != UInt8(ascii: "|") && $0 != UInt8(ascii: ">") }
      .contains { (UInt8(ascii: "1")...UInt8(ascii: "9")).contains($0) }
    let current = hasIndicator ? nil : depths.min()
    for line in lines { plans[line] = .shift(by: current.map { indent - $0 } ?? 0, protected: true) }
  }

  private mutating func shiftLines(of range: SourceRange, isProtected: Bool) {
    let first = line(of: Int(range.start))
    let last = line(of: max(Int(range.start), Int(range.end) - 1))
    guard last > first else { return }
    let old = column(of: firstVisible(first))
    guard case .indent(let new) = plans[first] else { return }
    for line in first + 1...last { plans[line] = .shift(by: new - old, protected: isProtected) }
  }

  /// Indents the line at `offset` unless something precedes `offset` on it.
  private mutating func place(_ offset: UInt32, at indent: Int) {
    guard isFirst(Int(offset)) else { return }
    plans[line(of: Int(offset))] = .indent(indent)
  }

  // MARK: - Writing

  /// Returns the file in its new layout.
  func text() -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var blank = 0
    let indents = commentIndents()
    let gapsByLine = Dictionary(grouping: gaps) { line(of: $0.range.lowerBound) }
    for line in starts.indices {
      let end = endOfLine(line)
      if case .shift(let by, let isProtected) = plans[line] {
        writeShifted(line, by: by, isProtected: isProtected, &result)
        blank = 0
        continue
      }
      if isBlank(line) {
        blank += 1
        continue
      }
      if blank > 0, !result.isEmpty { result.append(UInt8(ascii: "\n")) }
      blank = 0
      let start = firstVisible(line)
      if bytes[start..<end].starts(with: [0xEF, 0xBB, 0xBF]) {
        result += withoutTrailingSpace(bytes[(start + 3)..<end])
      } else {
        result += [UInt8](repeating: UInt8(ascii: " "), count: indents[line])
        result += withoutTrailingSpace(replacingGaps(start..<end, gapsByLine[line] ?? [])[...])
      }
      result.append(UInt8(ascii: "\n"))
    }
    return result
  }

  private func replacingGaps(_ range: Range<Int>, _ gaps: [(range: Range<Int>, spaces: Int)]) -> [UInt8] {
    var line: [UInt8] = []
    var position = range.lowerBound
    for gap in gaps.sorted(by: { $0.range.lowerBound < $1.range.lowerBound })
    where gap.range.lowerBound >= position && gap.range.upperBound <= range.upperBound {
      line += bytes[position..<gap.range.lowerBound]
      line += [UInt8](repeating: UInt8(ascii: " "), count: gap.spaces)
      position = gap.range.upperBound
    }
    return line + bytes[position..<range.upperBound]
  }

  private func writeShifted(_ line: Int, by shift: Int, isProtected: Bool, _ result: inout [UInt8]) {
    let end = endOfLine(line)
    let isLast = line == starts.count - 1
    if isLast, starts[line] == end { return }
    if !isBlank(line) {
      let start = firstVisible(line)
      let indent = max(0, column(of: start) + shift)
      result += [UInt8](repeating: UInt8(ascii: " "), count: indent)
      result += isProtected ? bytes[start..<end] : withoutTrailingSpace(bytes[start..<end])
    }
    result.append(UInt8(ascii: "\n"))
  }

  /// An element's column as written and its new indentation. A line has several if elements follow each other's `-`.
  private struct Level {
    let column: Int
    let indent: Int
  }

  /// Returns each line's indentation. Comments are aligned with the next indented line. A comment that is deeper than
  /// that is at the end of a block and keeps its relative depth, because it may be code that is commented out.
  private func commentIndents() -> [Int] {
    var indents = [Int](repeating: 0, count: starts.count)
    // The document's own level, the leftmost one.
    var next = Level(column: 0, indent: 0)
    for line in starts.indices.reversed() {
      switch plans[line] {
      case .indent(let indent):
        next = Level(column: column(of: firstVisible(line)), indent: indent)
        indents[line] = indent
      case .shift: break
      case .undecided:
        guard !isBlank(line) else { break }
        guard isComment(line) else {
          // The line is `---` or `...`.
          next = Level(column: 0, indent: 0)
          break
        }
        let column = column(of: firstVisible(line))
        if column > next.column {
          indents[line] = indentInBlockBefore(line, column: column)
        } else {
          indents[line] = column > 0 ? next.indent : 0
        }
      }
    }
    return indents
  }

  /// Returns the indentation of a comment at the end of a block, relative to the nearest preceding line that is not
  /// deeper.
  private func indentInBlockBefore(_ comment: Int, column: Int) -> Int {
    var isAfterText = false
    for line in starts[..<comment].indices.reversed() {
      switch plans[line] {
      case .shift(_, let isProtected): if isProtected { isAfterText = true }
      case .indent(let indent):
        if let level = levels(of: line, indent: indent).last(where: { $0.column <= column }) {
          let rest = column - level.column
          // At most one more column keeps it less indented than a block scalar's text, of which it would otherwise
          // become part.
          return level.indent + (isAfterText ? min(rest, 1) : rest)
        }
        isAfterText = false
      case .undecided: if !isBlank(line), !isComment(line) { return column }
      }
    }
    return column
  }

  private func levels(of line: Int, indent: Int) -> [Level] {
    let end = endOfLine(line)
    var start = firstVisible(line)
    var levels = [Level(column: column(of: start), indent: indent)]
    while start < end, bytes[start] == UInt8(ascii: "-"),
      let next = bytes[(start + 1)..<end].firstIndex(where: { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }),
      next > start + 1
    {
      start = next
      levels.append(Level(column: column(of: start), indent: indent + 2 * levels.count))
    }
    return levels
  }

  // MARK: - Lines

  private func line(of offset: Int) -> Int {
    var low = 0
    var high = starts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= offset { low = middle } else { high = middle }
    }
    return low
  }

  private func endOfLine(_ line: Int) -> Int {
    var end = line + 1 < starts.count ? starts[line + 1] - 1 : bytes.count
    if end > starts[line], bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    return end
  }

  private func firstVisible(_ line: Int) -> Int {
    let end = endOfLine(line)
    return bytes[starts[line]..<end].firstIndex { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") } ?? end
  }

  private func column(of offset: Int) -> Int { offset - starts[line(of: offset)] }
  private func isBlank(_ line: Int) -> Bool { firstVisible(line) == endOfLine(line) }
  private func isFirst(_ offset: Int) -> Bool { firstVisible(line(of: offset)) == offset }

  private func isComment(_ line: Int) -> Bool {
    let start = firstVisible(line)
    return start < endOfLine(line) && bytes[start] == UInt8(ascii: "#")
  }

  private func isFlow(_ node: YAMLNode) -> Bool {
    let start = Int(node.range.start)
    return start < bytes.count && (bytes[start] == UInt8(ascii: "{") || bytes[start] == UInt8(ascii: "["))
  }

  /// Returns the offset of the `-` before the element at `offset`.
  private func dash(before offset: Int) -> Int? {
    var position = offset - 1
    while position >= 0 {
      switch bytes[position] {
      case UInt8(ascii: "-"): return position
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): position -= 1
      default: return nil
      }
    }
    return nil
  }

  private func withoutTrailingSpace(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var line = line
    while let last = line.last, last == UInt8(ascii: " ") || last == UInt8(ascii: "\t") { line = line.dropLast() }
    return line
  }
}
