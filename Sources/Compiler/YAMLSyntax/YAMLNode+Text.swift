package import Diagnostics

extension YAMLNode {
  /// Returns the range in the file of a part of the scalar's text, in bytes of UTF-8.
  ///
  /// Line breaks, indentation and quotes are in the file and not in the text, and folded lines have other blanks in both.
  /// Nil if the text is written with escapes that cannot be followed.
  package func range(ofText part: Range<Int>, in file: SourceFile) -> SourceRange? {
    guard let scalar, Int(range.end) <= file.bytes.count else { return nil }
    let text = Array(scalar.text.utf8)
    guard part.lowerBound <= text.count else { return nil }
    var offset = Int(range.start)
    let end = Int(range.end)
    // The line of `|` or `>` may have a comment.
    if scalar.style == .literal || scalar.style == .folded {
      while offset < end, file.bytes[offset] != UInt8(ascii: "\n") { offset += 1 }
    }
    var start: Int?
    var last: Int?
    for (index, byte) in text.enumerated() {
      if index >= part.upperBound, start != nil { break }
      let isBlank = byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\t")
      if isBlank { continue }
      while offset < end, file.bytes[offset] != byte {
        guard Self.isSkipped(file.bytes[offset], in: scalar.style) else { return nil }
        offset += 1
      }
      guard offset < end else { return nil }
      // A quote at the beginning is not the text's own.
      if index == 0, offset == Int(range.start), scalar.style == .singleQuoted || scalar.style == .doubleQuoted {
        offset += 1
        while offset < end, file.bytes[offset] != byte { offset += 1 }
      }
      if index >= part.lowerBound, start == nil { start = offset }
      offset += 1
      if index < part.upperBound { last = offset }
    }
    // A place after the end, such as that of a missing bracket.
    guard let start else {
      let place = last ?? offset
      return SourceRange(place, min(place + 1, end))
    }
    return SourceRange(start, max(last ?? start + 1, start + (part.isEmpty ? 1 : 0)))
  }

  /// Whether a byte of the file can be without a counterpart in a text of that style.
  private static func isSkipped(_ byte: UInt8, in style: YAMLScalar.Style) -> Bool {
    switch byte {
    case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): true
    case UInt8(ascii: "'"): style == .singleQuoted
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): style == .doubleQuoted
    default: false
    }
  }
}
