import Diagnostics
import TextFormats
import YAMLSyntax

/// Candidate edits that add, replace or remove fields. `perform` uses the first one that leaves everything else
/// unchanged.
extension DocumentEdit {
  /// Returns the end of a node's own text: a block scalar or block collection does not include the blank lines after
  /// it.
  func contentEnd(_ node: YAMLNode) -> Int {
    let end = Int(node.range.end)
    switch node.content {
    case .scalar(let scalar):
      guard scalar.style == .literal || scalar.style == .folded else { return end }
      return lines.trimmedEnd(end, limit: Int(node.range.start))
    case .mapping(let members):
      guard !isFlow(node), let last = members.last else { return end }
      return max(contentEnd(last.value), Int(last.nameRange.end))
    case .sequence(let elements):
      guard !isFlow(node), let last = elements.last else { return end }
      return contentEnd(last)
    }
  }

  /// Returns lines as bytes, joined with the file's line break.
  func joined(_ text: [String]) -> [UInt8] {
    Array(text.map { Array($0.utf8) }.joined(separator: lines.lineBreak))
  }

  func spaces(_ count: Int) -> [UInt8] { [UInt8](repeating: UInt8(ascii: " "), count: max(0, count)) }

  /// Returns candidates for inserting a field into a mapping.
  func insertions(of name: String, _ value: JSON, into parent: Found, at path: [String]) -> [[ByteEdit]] {
    let fragment = Fragment(step: step)
    let members = parent.node.mapping ?? []
    // The new field follows the nearest field that precedes it in the schema; if there is none, it comes first.
    let order = order(at: path)
    let position = order.firstIndex(of: name)
    let earlier =
      position.map { limit in
        members.max { left, right in
          (rank(left.name, in: order, below: limit)) < (rank(right.name, in: order, below: limit))
        }.flatMap { rank($0.name, in: order, below: limit) >= 0 ? $0 : nil }
      } ?? members.last
    if isFlow(parent.node) || parent.isInFlow {
      let text = isJSON(members) ? "\(JSON.string(name).text()): \(value.text())" : fragment.member(name, value)
      return flowInsertions(of: text, into: parent.node, members, after: earlier)
    }
    guard let first = members.first else { return [] }
    let column = lines.column(Int(first.nameRange.start))
    let text = joined(fragment.member(name, value, indent: column))
    guard let earlier else {
      return [[ByteEdit(at: Int(first.nameRange.start), text + lines.lineBreak + spaces(column))]]
    }
    let end = lines.lineEnd(max(contentEnd(earlier.value), Int(earlier.nameRange.end)))
    return [
      [ByteEdit(at: end, lines.lineBreak + spaces(column) + text)],
      // Keeps the final line breaks of a block scalar with `|+`, where they are part of the value.
      [ByteEdit(at: Int(earlier.value.range.end), spaces(column) + text + lines.lineBreak)],
      // Adds the final line break that a block scalar needs at the end of a file without one.
      [ByteEdit(at: end, lines.lineBreak + spaces(column) + text + lines.lineBreak)],
    ]
  }

  /// Whether the fields are written as in JSON, so that other programs may parse the file as JSON.
  private func isJSON(_ members: [YAMLMember]) -> Bool {
    !members.isEmpty && members.allSatisfy { lines.byte(Int($0.nameRange.start)) == UInt8(ascii: "\"") }
  }

  private func rank(_ name: String, in order: [String], below limit: Int) -> Int {
    guard let rank = order.firstIndex(of: name), rank < limit else { return -1 }
    return rank
  }

  private func flowInsertions(
    of text: String, into node: YAMLNode, _ members: [YAMLMember], after earlier: YAMLMember?
  ) -> [[ByteEdit]] {
    guard let first = members.first else {
      let open = Int(node.range.start) + 1
      let close = Int(node.range.end) - 1
      return [
        [ByteEdit(open..<max(open, close), Array(" \(text) ".utf8))].filter { lines.isBlank($0.range) },
        [ByteEdit(at: open, Array(" \(text) ".utf8))],
      ].filter { !$0.isEmpty }
    }
    guard let earlier else { return [[ByteEdit(at: Int(first.nameRange.start), Array("\(text), ".utf8))]] }
    return [
      [ByteEdit(at: max(contentEnd(earlier.value), Int(earlier.nameRange.end)), Array(", \(text)".utf8))],
      [ByteEdit(at: Int(first.nameRange.start), Array("\(text), ".utf8))],
    ]
  }

  /// Returns candidates for replacing a field's value.
  func replacements(of found: Found, with value: JSON) -> [[ByteEdit]] {
    let node = found.node
    let range = Int(node.range.start)..<contentEnd(node)
    let isInFlow = found.isInFlow
    guard let scalar = node.scalar else {
      let fragment = Fragment(step: step)
      if isFlow(node) || isInFlow {
        let text = found.member.map { isJSON([$0]) } ?? false ? value.text() : fragment.flow(value)
        return [[ByteEdit(range, Array(text.utf8))]]
      }
      return blockReplacements(of: found, range, with: value, fragment)
    }
    // An empty value has no position of its own: the new one follows the colon.
    let gap = range.isEmpty && lines.byte(range.lowerBound - 1) == UInt8(ascii: ":") ? " " : ""
    if let text = value.text, ScalarText.isBlock(value), !isInFlow {
      return literalReplacements(of: node, range, with: text, indent: found.indent, gap)
    }
    let inline =
      value.hasParts
      ? Fragment(step: step).flow(value)
      : ScalarText.text(value, like: scalar.style, isInFlow: isInFlow)
    return [[ByteEdit(range, Array((gap + inline).utf8))]]
  }

  private func literalReplacements(
    of node: YAMLNode, _ range: Range<Int>, with text: String, indent: Int, _ gap: String
  ) -> [[ByteEdit]] {
    let start = lines.nextLine(range.lowerBound)
    var ways: [[ByteEdit]] = []
    if start < range.upperBound, node.scalar?.style == .literal {
      // Keeps the header with its comment, and the indentation of the text.
      let depth = lines.column(lines.skippingSpaces(start))
      ways.append([ByteEdit(start..<range.upperBound, joined(Fragment.lines(of: text, indent: depth)))])
    }
    let block = [gap + Fragment.header(of: text)] + Fragment.lines(of: text, indent: indent + step)
    let rest = lines.bytes[range.upperBound..<lines.lineEnd(range.upperBound)]
    if !rest.isEmpty, node.scalar?.style != .literal {
      // Moves a comment after the old value to the line of the block's header.
      let body = Fragment.lines(of: text, indent: indent + step)
      ways.append([
        ByteEdit(
          range.lowerBound..<lines.lineEnd(range.upperBound),
          Array((gap + Fragment.header(of: text)).utf8) + rest + lines.lineBreak + joined(body))
      ])
    }
    ways.append([ByteEdit(range, joined(block))])
    return ways
  }

  private func blockReplacements(
    of found: Found, _ range: Range<Int>, with value: JSON, _ fragment: Fragment
  ) -> [[ByteEdit]] {
    guard let member = found.member else { return [] }
    let isEmpty = value.elements?.isEmpty ?? false
    let first = found.node.sequence?.first.flatMap { dash(before: Int($0.range.start)) } ?? range.lowerBound
    if isEmpty, lines.isFirst(first), let colon = colon(after: member) {
      // Removes the list's lines but keeps what follows the field's name on its line.
      let end = lines.nextLine(range.upperBound)
      return [[ByteEdit(at: colon + 1, Array(" []".utf8)), ByteEdit(lines.lineStart(first)..<end, [])]]
    }
    let column = lines.column(first)
    let text: [String]
    switch value {
    case .array(let elements): text = fragment.elements(elements, indent: column)
    case .object(let members): text = fragment.members(members, indent: column)
    default: return []
    }
    return [[ByteEdit(first..<range.upperBound, joined(text))]]
  }

  private func colon(after member: YAMLMember) -> Int? {
    let offset = lines.skippingSpaces(Int(member.nameRange.end))
    return lines.byte(offset) == UInt8(ascii: ":") ? offset : nil
  }

  /// Returns candidates for removing a field from a mapping.
  func removals(of name: String, from parent: Found) -> [[ByteEdit]] {
    let members = parent.node.mapping ?? []
    guard let position = members.firstIndex(where: { $0.name == name }) else { return [] }
    let member = members[position]
    let start = Int(member.nameRange.start)
    let end = max(contentEnd(member.value), Int(member.nameRange.end))
    if isFlow(parent.node) || parent.isInFlow {
      let following = members.dropFirst(position + 1).first.map { Int($0.nameRange.start) }
      let before = members.prefix(position).last.map { max(contentEnd($0.value), Int($0.nameRange.end)) }
      return flowRemovals(of: start..<end, before: before, following: following)
    }
    let next = members.dropFirst(position + 1).first
    if members.count == 1 {
      // Leaves an empty mapping.
      return [[ByteEdit(start..<end, Array("{}".utf8))]]
    }
    guard lines.isFirst(start) else {
      // The field follows a dash: the next field takes its place if it is on the next line.
      guard let next, lines.nextLine(end) == lines.lineStart(Int(next.nameRange.start)) else { return [] }
      return [[ByteEdit(start..<Int(next.nameRange.start), [])]]
    }
    return lineRemovals(from: lines.lineStart(start), to: end)
  }

  /// Returns candidates for removing whole lines, up to and including that of `end`.
  func lineRemovals(from start: Int, to end: Int) -> [[ByteEdit]] {
    let next = lines.nextLine(end)
    guard next == lines.lineEnd(end), start > lines.start else { return [[ByteEdit(start..<next, [])]] }
    // Removes the preceding line break if the last line has none.
    let previous = lines.lineEnd(lines.lineStart(start - 1))
    return [[ByteEdit(previous..<next, [])]]
  }
}
