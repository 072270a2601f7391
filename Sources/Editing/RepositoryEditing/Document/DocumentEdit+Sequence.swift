import Diagnostics
import TextFormats
import YAMLSyntax

/// Candidate edits that add or remove list elements in the list's own style.
extension DocumentEdit {
  /// Returns candidates for appending an element to a list.
  func appendings(of element: JSON, to list: Found) -> [[ByteEdit]] {
    guard let last = list.node.sequence?.last else { return [] }
    let fragment = Fragment(step: step)
    let end = contentEnd(last)
    if isFlow(list.node) || list.isInFlow {
      let text = ScalarText.text(element, like: style(of: list.node), isInFlow: true)
      let value = element.hasParts ? fragment.flow(element) : text
      let start = Int(last.range.start)
      // If the list has one element per line, the new one gets a line too.
      if let count = list.node.sequence?.count, count > 1, lines.isFirst(start) {
        let after = lines.skippingSpaces(end)
        let hasComma = lines.byte(after) == UInt8(ascii: ",")
        let depth = spaces(lines.column(start))
        let lineEnd = lines.lineEnd(end)
        let line = lines.lineBreak + depth + Array(value.utf8)
        if hasComma { return [[ByteEdit(at: lineEnd, line + [UInt8(ascii: ",")])], inline(value, at: end)] }
        // The line may end with a comment, and the comma belongs before it.
        if lineEnd < Int(list.node.range.end) {
          return [[ByteEdit(at: end, [UInt8(ascii: ",")]), ByteEdit(at: lineEnd, line)], inline(value, at: end)]
        }
      }
      return [inline(value, at: end)]
    }
    guard let dash = dash(before: Int(last.range.start)) else { return [] }
    let column = lines.column(dash)
    var text = fragment.elements([element], indent: column)
    if !element.hasParts {
      text = ["- " + ScalarText.text(element, like: style(of: list.node), isInFlow: false)]
    }
    return [[ByteEdit(at: lines.lineEnd(end), lines.lineBreak + spaces(column) + joined(text))]]
  }

  private func inline(_ text: String, at end: Int) -> [ByteEdit] { [ByteEdit(at: end, Array(", \(text)".utf8))] }

  /// Returns the quoting style that all elements of a list share; otherwise plain.
  private func style(of list: YAMLNode) -> YAMLScalar.Style {
    let styles = (list.sequence ?? []).compactMap { $0.scalar?.style }
    guard let first = styles.first, first == .singleQuoted || first == .doubleQuoted,
      styles.allSatisfy({ $0 == first })
    else { return .plain }
    return first
  }

  /// Returns candidates for removing an element from a list.
  func removals(ofElement position: Int, from list: Found) -> [[ByteEdit]] {
    let elements = list.node.sequence ?? []
    guard elements.indices.contains(position) else { return [] }
    let start = Int(elements[position].range.start)
    let end = contentEnd(elements[position])
    if isFlow(list.node) || list.isInFlow {
      return flowRemovals(
        of: start..<end, before: elements.prefix(position).last.map(contentEnd),
        following: elements.dropFirst(position + 1).first.map { Int($0.range.start) })
    }
    guard let dash = dash(before: start), lines.isFirst(dash) else { return [] }
    return lineRemovals(from: lines.lineStart(dash), to: end)
  }

  /// Returns candidates for removing a part of a flow collection together with one comma.
  ///
  /// - Parameters:
  ///   - before: the end of the previous part.
  ///   - following: the start of the next part.
  func flowRemovals(of part: Range<Int>, before: Int?, following: Int?) -> [[ByteEdit]] {
    let after = lines.skippingSpaces(part.upperBound)
    let comma = lines.byte(after) == UInt8(ascii: ",") ? after : nil
    if let line = wholeLine(of: part, comma: comma) { return [[line]] }
    if let comma, let following {
      // On the same line, the next part moves up; otherwise only the spaces after the comma are removed.
      let end = min(lines.skippingSpaces(comma + 1), following)
      return [[ByteEdit(part.lowerBound..<end, [])]]
    }
    guard let before else { return [[ByteEdit(part, [])]] }
    let earlier = lines.skippingSpaces(before)
    if lines.byte(earlier) == UInt8(ascii: ","), lines.skippingSpaces(earlier + 1) == part.lowerBound {
      return [[ByteEdit(before..<part.upperBound, [])], [ByteEdit(earlier..<part.upperBound, [])]]
    }
    return [[ByteEdit(part, [])]]
  }

  /// Returns the removal of the whole line if it contains only the part, its comma and a comment.
  private func wholeLine(of part: Range<Int>, comma: Int?) -> ByteEdit? {
    guard lines.isFirst(part.lowerBound) else { return nil }
    let rest = lines.skippingSpaces(comma.map { $0 + 1 } ?? part.upperBound)
    guard rest == lines.lineEnd(rest) || lines.byte(rest) == UInt8(ascii: "#") else { return nil }
    return ByteEdit(lines.lineStart(part.lowerBound)..<lines.nextLine(part.upperBound), [])
  }

  /// Returns the offset of the `-` before the element at `offset`.
  func dash(before offset: Int) -> Int? {
    var position = offset - 1
    while let byte = lines.byte(position) {
      switch byte {
      case UInt8(ascii: "-"): return position
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): position -= 1
      default: return nil
      }
    }
    return nil
  }
}
