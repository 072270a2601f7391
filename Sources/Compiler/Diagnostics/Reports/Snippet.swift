import TextFormats

/// Lines of one file that labels refer to, with underlines and the labels' texts.
struct Snippet {
  let marks: [Mark]
  let table: LineTable
  let gutter: Int
  let style: TextStyle
  let role: TextStyle.Role
  /// Width of the output in columns.
  let width: Int

  var lines: [String] {
    // A file that was never read (missing, or refused because of its name) has no line to show.
    guard table.lineCount > 1 || !table.contents(ofLine: 1).isEmpty else { return [] }
    var result = [bar]
    var last: Int?
    for line in Set(marks.flatMap { [$0.start.line, lastLine(of: $0)] }).sorted() {
      if let last, line > last + 1 { result.append(style("...", .gutter)) }
      last = line
      result += show(line)
    }
    return result
  }

  private var bar: String { String(repeating: " ", count: gutter) + style(" |", .gutter) }

  /// Returns the last line of a mark. A range that ends with a line break ends on the line before it.
  private func lastLine(of mark: Mark) -> Int {
    mark.end.column == 1 && mark.end.line > mark.start.line ? mark.end.line - 1 : mark.end.line
  }

  private func show(_ line: Int) -> [String] {
    let contents = Array(String(decoding: table.contents(ofLine: line), as: UTF8.self).unicodeScalars)
    let window = window(of: line, count: contents.count)
    let number = String(line)
    let padding = String(repeating: " ", count: gutter - number.count)
    var shown = Self.rendered(window, of: contents)
    if window.lowerBound > 0 { shown = "…" + shown }
    if window.upperBound < contents.count { shown += "…" }
    var result = [style(padding + number + " |", .gutter) + (shown.isEmpty ? "" : " " + shown)]
    let here = marks.filter { $0.start.line == line || lastLine(of: $0) == line }
    for mark in here.sorted(by: { $0.isPrimary && !$1.isPrimary }) {
      let range = columns(of: mark, on: line, count: contents.count)
      let lead = Self.width(
        window.lowerBound..<min(max(range.lowerBound, window.lowerBound), window.upperBound), of: contents)
      let inside =
        max(
          range.lowerBound, window.lowerBound)..<max(
          min(range.upperBound, window.upperBound), max(range.lowerBound, window.lowerBound))
      let length = max(1, Self.width(inside, of: contents))
      let underline = String(repeating: mark.isPrimary ? "^" : "-", count: length)
      let isEnd = lastLine(of: mark) == line
      let text = isEnd ? mark.text.map { " \($0.visible)" } ?? "" : ""
      result.append(
        bar + " " + String(repeating: " ", count: lead + (window.lowerBound > 0 ? 1 : 0))
          + style(underline + text, mark.isPrimary ? role : .secondary))
    }
    return result
  }

  /// Returns the columns, from 0, that a mark covers on a line.
  private func columns(of mark: Mark, on line: Int, count: Int) -> Range<Int> {
    let start = mark.start.line == line ? mark.start.column - 1 : 0
    let end = mark.end.line == line ? mark.end.column - 1 : count
    let low = min(max(start, 0), count)
    return low..<max(low, min(end, count))
  }

  /// Returns the part of a line to show: all of it, or the surroundings of its first mark.
  private func window(of line: Int, count: Int) -> Range<Int> {
    let room = max(20, width - gutter - 5)
    guard count > room else { return 0..<count }
    let first = marks.filter { $0.start.line == line }.map { $0.start.column - 1 }.min() ?? 0
    let start = max(0, min(first - room / 4, count - room))
    return start..<min(count, start + room)
  }

  /// Returns a part of a line with tabs as spaces, and with characters visible that a terminal would obey or not show.
  private static func rendered(_ range: Range<Int>, of line: [Unicode.Scalar]) -> String {
    range.map { index in
      if line[index] == "\t" { return "    " }
      return isUnseen(index, of: line) ? String(line[index]).visible : String(line[index])
    }.joined()
  }

  private static func width(_ range: Range<Int>, of line: [Unicode.Scalar]) -> Int {
    range.reduce(0) { columns, index in
      let scalar = line[index]
      let isWritten = scalar != "\t" && isUnseen(index, of: line)
      return columns + (isWritten ? String(scalar).visible.unicodeScalars.count : width(of: scalar))
    }
  }

  private static func isUnseen(_ index: Int, of line: [Unicode.Scalar]) -> Bool {
    let scalar = line[index]
    if scalar.isHidden || scalar.isUnusualBlank || scalar.isNoncharacter { return true }
    guard scalar.isVariationSelector else { return false }
    let (previous, next) = (index > 0 ? line[index - 1] : nil, index + 1 < line.count ? line[index + 1] : nil)
    return !scalar.isSeen(after: previous, before: next)
  }

  /// Returns the number of terminal columns of a scalar.
  ///
  /// East Asian wide characters and emoji have two, combining marks none.
  static func width(of scalar: Unicode.Scalar) -> Int {
    if scalar == "\t" { return 4 }
    if scalar.isHidden { return String(scalar).visible.unicodeScalars.count }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: return 0
    default: break
    }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
      return 2
    default: return 1
    }
  }
}
