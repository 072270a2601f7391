import TextFormats

/// Detection of blanks other than the space that change or hide something.
///
/// YAML treats such a blank as a letter. Between words of a text it is harmless. At the end of a value, before a `#`,
/// after a `:` or in an indentation, it makes the file mean something else than reviewers read. In comments it has no
/// effect.
struct BlankReview {
  private let bytes: [UInt8]
  private let texts: [Text]
  private var judged: (run: Range<Int>, isHarmful: Bool) = (0..<0, false)
  private var line: (range: Range<Int>, comment: Int?) = (0..<0, nil)

  /// A scalar, or a line of a file that is not YAML.
  struct Text {
    let range: Range<Int>
    let style: YAMLScalar.Style
  }

  /// Prepares the review of a file.
  ///
  /// - Parameters:
  ///   - bytes: Content of the file.
  ///   - texts: The parts that are not comments, in the order of the file.
  init(_ bytes: [UInt8], texts: [Text]) {
    self.bytes = bytes
    self.texts = texts
  }

  /// Returns the texts of a file with one entry per line and comments that begin with `#`.
  static func lines(of bytes: [UInt8]) -> [Text] {
    var texts: [Text] = []
    var start = 0
    for end in bytes.indices where bytes[end] == UInt8(ascii: "\n") {
      texts.append(Text(range: start..<end, style: .literal))
      start = end + 1
    }
    texts.append(Text(range: start..<bytes.count, style: .literal))
    return texts.filter { text in
      bytes[text.range].first { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") } != UInt8(ascii: "#")
    }
  }

  /// Returns whether the blank at a range is harmful.
  ///
  /// Call it in the order of the file: all calls together then take time linear in its length.
  mutating func isHarmful(_ blank: Range<Int>) -> Bool {
    if judged.run.contains(blank.lowerBound) { return judged.isHarmful }
    guard let text = text(around: blank) else { return !isInComment(blank.lowerBound) }
    let run = run(around: blank)
    judged = (run, isHarmful(run, in: text))
    return judged.isHarmful
  }

  private func isHarmful(_ run: Range<Int>, in text: Text) -> Bool {
    let before = run.lowerBound > 0 ? bytes[run.lowerBound - 1] : UInt8(ascii: "\n")
    let after = run.upperBound < bytes.count ? bytes[run.upperBound] : UInt8(ascii: "\n")
    func breaksLine(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }
    if breaksLine(before) || breaksLine(after) { return true }
    switch text.style {
    case .literal, .folded: return false
    case .singleQuoted, .doubleQuoted:
      return run.lowerBound <= text.range.lowerBound + 1 || run.upperBound >= text.range.upperBound - 1
    case .plain:
      if run.lowerBound <= text.range.lowerBound || run.upperBound >= text.range.upperBound { return true }
      if before == UInt8(ascii: ":") || after == UInt8(ascii: ":") || after == UInt8(ascii: "#") { return true }
      // `-` and a blank begin a list element, `?` and a blank a name.
      return run.lowerBound - 1 == text.range.lowerBound && (before == UInt8(ascii: "-") || before == UInt8(ascii: "?"))
    }
  }

  private func text(around blank: Range<Int>) -> Text? {
    var low = 0
    var high = texts.count
    while low < high {
      let middle = (low + high) / 2
      if texts[middle].range.lowerBound <= blank.lowerBound { low = middle + 1 } else { high = middle }
    }
    guard low > 0, texts[low - 1].range.upperBound >= blank.upperBound else { return nil }
    return texts[low - 1]
  }

  /// Returns the range of adjacent blanks around this one, including spaces and tabs.
  private func run(around blank: Range<Int>) -> Range<Int> {
    bytes.withUnsafeBufferPointer { bytes in
      func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" || scalar.isUnusualBlank }
      var (start, end) = (blank.lowerBound, blank.upperBound)
      while let scalar = UTF8Scalars.scalar(before: start, in: bytes), isBlank(scalar) {
        start -= UTF8.width(scalar)
      }
      while let (scalar, length) = UTF8Scalars.scalar(at: end, in: bytes), isBlank(scalar) { end += length }
      return start..<end
    }
  }

  /// Returns whether a comment begins before an offset on its line.
  ///
  /// A comment begins with a `#` at the start of the line, or after a space or tab.
  private mutating func isInComment(_ offset: Int) -> Bool {
    if !line.range.contains(offset) {
      let start = bytes[..<offset].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
      let end = bytes[offset...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      let comment = (start..<end).first { index in
        guard bytes[index] == UInt8(ascii: "#") else { return false }
        return index == start || bytes[index - 1] == UInt8(ascii: " ") || bytes[index - 1] == UInt8(ascii: "\t")
      }
      line = (start..<end, comment)
    }
    return line.comment.map { $0 < offset } ?? false
  }
}
