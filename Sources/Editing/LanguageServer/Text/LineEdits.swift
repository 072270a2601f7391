import Diagnostics

/// A minimal set of line replacements that turns one text into another.
enum LineEdits {
  /// Maximum number of differing lines that are compared individually, because the cost is quadratic. More are replaced
  /// as a whole.
  private static let maxLength = 2_000

  static func between(_ old: [UInt8], _ new: [UInt8]) -> [(range: SourceRange, text: String)] {
    let before = lines(old)
    let after = lines(new)
    var head = 0
    while head < before.count, head < after.count, before[head] == after[head] { head += 1 }
    var tail = 0
    while tail < before.count - head, tail < after.count - head,
      before[before.count - 1 - tail] == after[after.count - 1 - tail]
    { tail += 1 }
    let middleBefore = before[head..<before.count - tail]
    let middleAfter = after[head..<after.count - tail]
    guard !middleBefore.isEmpty || !middleAfter.isEmpty else { return [] }
    guard middleBefore.count + middleAfter.count <= maxLength else {
      return [edit(middleBefore, middleAfter, in: old, at: head, before)]
    }
    return hunks(middleBefore, middleAfter).map { removed, inserted in
      edit(before[removed], after[inserted], in: old, at: removed.lowerBound, before)
    }
  }

  private static func edit(
    _ removed: ArraySlice<ArraySlice<UInt8>>, _ inserted: ArraySlice<ArraySlice<UInt8>>, in old: [UInt8], at line: Int,
    _ before: [ArraySlice<UInt8>]
  ) -> (range: SourceRange, text: String) {
    let start = line < before.count ? before[line].startIndex : old.count
    let end = removed.last?.endIndex ?? start
    return (SourceRange(start, end), String(decoding: inserted.joined(), as: UTF8.self))
  }

  /// Returns the ranges of differing lines in both texts.
  private static func hunks(
    _ before: ArraySlice<ArraySlice<UInt8>>, _ after: ArraySlice<ArraySlice<UInt8>>
  ) -> [(removed: Range<Int>, inserted: Range<Int>)] {
    var removed: Set<Int> = []
    var inserted: Set<Int> = []
    for change in Array(after).difference(from: Array(before)) {
      switch change {
      case .remove(let offset, _, _): removed.insert(before.startIndex + offset)
      case .insert(let offset, _, _): inserted.insert(after.startIndex + offset)
      }
    }
    var hunks: [(Range<Int>, Range<Int>)] = []
    var left = before.startIndex
    var right = after.startIndex
    while left < before.endIndex || right < after.endIndex {
      let from = (left, right)
      while removed.contains(left) { left += 1 }
      while inserted.contains(right) { right += 1 }
      if (left, right) != from {
        hunks.append((from.0..<left, from.1..<right))
      } else {
        left += 1
        right += 1
      }
    }
    return hunks
  }

  /// Returns the lines with their line endings.
  private static func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    var lines: [ArraySlice<UInt8>] = []
    var start = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: 0x0A).map { $0 + 1 } ?? bytes.count
      lines.append(bytes[start..<end])
      start = end
    }
    return lines
  }
}
