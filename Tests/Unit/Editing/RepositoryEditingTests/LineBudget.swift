import Diagnostics
import RepositoryEditing
import TextFormats
import YAMLSyntax

/// How many lines `git diff` must show for a change of a document, seen from the text that is there.
struct LineBudget {
  private let bytes: [UInt8]
  private let root: YAMLNode
  private(set) var removed = 0
  private(set) var added = 0

  init?(_ file: SourceFile, document: Int) {
    let documents = YAMLParser.parse(file).documents
    guard documents.indices.contains(document) else { return nil }
    bytes = file.bytes
    root = documents[document].root
  }

  mutating func allow(_ change: DocumentChange) {
    switch change {
    case .set(let path, let value): allowSetting(path, value)
    case .remove(let path): allowRemoving(path)
    case .add(let elements, let path):
      guard let list = walk(path).node, let old = list.sequence else { return allowSetting(path, .array(elements)) }
      let new = elements.count { !old.map(\.value).contains($0) }
      guard new > 0 else { return }
      if isFlow(list) || old.isEmpty {
        removed += 1
        // With an element a line, the last one needs a comma, and the new ones lines of their own.
        added += lines(list) > 1 ? 1 + new : 1
      } else {
        added += new
      }
    case .take(let elements, let path):
      guard let list = walk(path).node, let old = list.sequence else { return }
      let gone = old.filter { elements.contains($0.value) }
      if gone.count == old.count {
        allowRemoving(path)
        added += 1
      } else if isFlow(list), lines(list) == 1 {
        removed += 1
        added += 1
      } else {
        removed += gone.count
        // A bracket or a comma on the element's line stays.
        added += isFlow(list) ? gone.count : 0
      }
    }
  }

  private mutating func allowSetting(_ path: [String], _ value: JSON) {
    let found = walk(path)
    guard let node = found.node else {
      if found.isFlow {
        removed += 1
        added += 1
      } else {
        added += Self.lines(of: value) + path.count - found.depth - 1
      }
      return
    }
    if node.value.canonical == value.canonical { return }
    switch (node.content, value) {
    case (.mapping(let members), .object(let wanted)):
      for pair in wanted.pairs { allowSetting(path + [pair.name], pair.value) }
      for member in members where wanted[member.name] == nil { allowRemoving(path + [member.name]) }
    case (.sequence(let old), .array(let wanted)):
      let gone = old.map(\.value).filter { !wanted.contains($0) }
      if !gone.isEmpty { allow(.take(gone, from: path)) }
      allow(.add(wanted.filter { !old.map(\.value).contains($0) }, to: path))
    default:
      removed += lines(node)
      added += Self.lines(of: value)
    }
  }

  private mutating func allowRemoving(_ path: [String]) {
    var path = path
    while path.count > 1, walk(Array(path.dropLast())).node?.mapping?.count == 1 { path.removeLast() }
    guard let parent = walk(Array(path.dropLast())).node, let member = parent.member(path.last ?? "") else { return }
    removed += line(end(member.value)) - line(Int(member.nameRange.start)) + 1
    // Between brackets the line stays for what else is on it.
    if isFlow(parent) || walk(path).isFlow { added += 1 }
  }

  private func walk(_ path: [String]) -> (node: YAMLNode?, depth: Int, isFlow: Bool) {
    var node = root
    var isFlow = isFlow(root)
    for (depth, name) in path.enumerated() {
      isFlow = isFlow || self.isFlow(node)
      guard let next = node[name] else { return (nil, depth, isFlow) }
      node = next
    }
    return (node, path.count, isFlow)
  }

  private func isFlow(_ node: YAMLNode) -> Bool {
    let start = Int(node.range.start)
    return node.scalar == nil && (bytes[start] == UInt8(ascii: "{") || bytes[start] == UInt8(ascii: "["))
  }

  private func end(_ node: YAMLNode) -> Int {
    var end = Int(node.range.end)
    while end > Int(node.range.start), [0x20, 0x0A, 0x0D].contains(bytes[end - 1]) { end -= 1 }
    return end
  }

  private func lines(_ node: YAMLNode) -> Int { line(end(node)) - line(Int(node.range.start)) + 1 }

  private func line(_ offset: Int) -> Int { bytes[..<offset].count { $0 == UInt8(ascii: "\n") } }

  /// Lines of a new field with this value, at most.
  private static func lines(of value: JSON) -> Int {
    switch value {
    case .string(let text): text.hasSuffix("\n") ? text.split(separator: "\n").count + 1 : 1
    case .array(let elements): 1 + elements.reduce(0) { $0 + lines(of: $1) }
    case .object(let members): 1 + members.pairs.reduce(0) { $0 + lines(of: $1.value) }
    default: 1
    }
  }
}
