import TextFormats

/// A line-by-line difference of two texts in the format of `git diff`.
package struct UnifiedDiff: Sendable {
  /// A line of either text, with its line break.
  package enum Line: Sendable, Equatable {
    case same(ArraySlice<UInt8>)
    case removed(ArraySlice<UInt8>)
    case added(ArraySlice<UInt8>)
  }

  /// The file's path in the repository.
  package let path: String
  /// All lines of both texts.
  package let lines: [Line]
  private let isNew: Bool
  private let isRemoved: Bool

  /// Compares two versions of a file.
  ///
  /// - Parameters:
  ///   - before: the old content; nil for a new file.
  ///   - after: the new content; nil for a removed file.
  package init(path: String, before: [UInt8]?, after: [UInt8]?) {
    self.path = path
    isNew = before == nil
    isRemoved = after == nil
    lines = Self.compare(Self.split(before ?? []), Self.split(after ?? []))
  }

  /// Numbers of added and removed lines.
  package var counts: (added: Int, removed: Int) {
    lines.reduce(into: (0, 0)) { counts, line in
      switch line {
      case .added: counts.0 += 1
      case .removed: counts.1 += 1
      case .same: break
      }
    }
  }

  /// Returns the difference with `context` unchanged lines around each change.
  package func text(colors: Bool = false, context: Int = 3) -> String {
    func colored(_ text: String, _ code: String) -> String { colors ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }
    var result = colored("--- \(isNew ? "/dev/null" : "a/\(path.visible)")", "1") + "\n"
    result += colored("+++ \(isRemoved ? "/dev/null" : "b/\(path.visible)")", "1") + "\n"
    for hunk in hunks(context) {
      result += colored(header(of: hunk), "36") + "\n"
      for line in lines[hunk] {
        switch line {
        case .same(let bytes): result += " \(Self.shown(bytes))\n"
        case .removed(let bytes): result += colored("-\(Self.shown(bytes))", "31") + "\n"
        case .added(let bytes): result += colored("+\(Self.shown(bytes))", "32") + "\n"
        }
        if Self.bytes(of: line).last != UInt8(ascii: "\n") { result += "\\ No newline at end of file\n" }
      }
    }
    return result
  }

  /// Returns the ranges of lines that are shown together.
  private func hunks(_ context: Int) -> [Range<Int>] {
    var hunks: [Range<Int>] = []
    for index in lines.indices {
      if case .same = lines[index] { continue }
      let range = max(0, index - context)..<min(lines.count, index + context + 1)
      if let last = hunks.last, last.upperBound >= range.lowerBound {
        hunks[hunks.count - 1] = last.lowerBound..<range.upperBound
      } else {
        hunks.append(range)
      }
    }
    return hunks
  }

  private func header(of hunk: Range<Int>) -> String {
    func count(_ range: Range<Int>, old: Bool) -> Int {
      lines[range].count { line in
        switch line {
        case .same: true
        case .removed: old
        case .added: !old
        }
      }
    }
    func side(old: Bool) -> String {
      let length = count(hunk, old: old)
      let start = count(0..<hunk.lowerBound, old: old) + (length == 0 ? 0 : 1)
      return length == 1 ? "\(start)" : "\(start),\(length)"
    }
    return "@@ -\(side(old: true)) +\(side(old: false)) @@"
  }

  private static func bytes(of line: Line) -> ArraySlice<UInt8> {
    switch line {
    case .same(let bytes), .removed(let bytes), .added(let bytes): bytes
    }
  }

  /// Returns a line without its line break, with control characters made visible so that a hostile file cannot control
  /// the terminal.
  private static func shown(_ bytes: ArraySlice<UInt8>) -> String {
    var bytes = bytes
    if bytes.last == UInt8(ascii: "\n") { bytes = bytes.dropLast() }
    if bytes.last == UInt8(ascii: "\r") { bytes = bytes.dropLast() }
    return String(decoding: bytes, as: UTF8.self).visible(but: "\t")
  }

  private static func split(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    var lines: [ArraySlice<UInt8>] = []
    var start = 0
    for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
      lines.append(bytes[start...index])
      start = index + 1
    }
    if start < bytes.count { lines.append(bytes[start...]) }
    return lines
  }

  /// Compares by skipping common lines at both ends; in between, uses the standard library's shortest edit script.
  private static func compare(_ old: [ArraySlice<UInt8>], _ new: [ArraySlice<UInt8>]) -> [Line] {
    let head = zip(old, new).prefix { $0 == $1 }.count
    let limit = min(old.count, new.count) - head
    let tail = min(limit, zip(old.reversed(), new.reversed()).prefix { $0 == $1 }.count)
    let oldMiddle = Array(old[head..<(old.count - tail)])
    let newMiddle = Array(new[head..<(new.count - tail)])
    var removed: Set<Int> = []
    var added: Set<Int> = []
    for change in newMiddle.difference(from: oldMiddle) {
      switch change {
      case .remove(let offset, _, _): removed.insert(offset)
      case .insert(let offset, _, _): added.insert(offset)
      }
    }
    var lines = old[..<head].map { Line.same($0) }
    var left = 0
    var right = 0
    while left < oldMiddle.count || right < newMiddle.count {
      if left < oldMiddle.count, removed.contains(left) {
        lines.append(.removed(oldMiddle[left]))
        left += 1
      } else if right < newMiddle.count, added.contains(right) {
        lines.append(.added(newMiddle[right]))
        right += 1
      } else {
        lines.append(.same(oldMiddle[left]))
        left += 1
        right += 1
      }
    }
    return lines + old[(old.count - tail)...].map { Line.same($0) }
  }
}
