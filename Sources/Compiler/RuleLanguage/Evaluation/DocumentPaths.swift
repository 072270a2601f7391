import ConfigSchema
import YAMLSyntax

/// The fields of a document that rules read, found in one walk for all rules.
struct DocumentPaths: Sendable {
  /// A value on the way to fields.
  private struct Junction: Sendable {
    var children: [(name: String, index: Int)] = []
    /// Index of the slot for the value itself; nil if no rule reads it.
    var slot: Int?
  }

  private var junctions = [Junction()]
  /// The path of each slot, from the document's root.
  private(set) var paths: [[String]] = []

  /// Returns the slot of a path.
  mutating func slot(of path: [String]) -> Int {
    var junction = 0
    for name in path {
      if let child = junctions[junction].children.first(where: { $0.name == name }) {
        junction = child.index
      } else {
        junctions[junction].children.append((name, junctions.count))
        junction = junctions.count
        junctions.append(Junction())
      }
    }
    if let slot = junctions[junction].slot { return slot }
    junctions[junction].slot = paths.count
    paths.append(path)
    return paths.count - 1
  }

  /// Returns the value of each slot; nil for a field that the document does not have.
  ///
  /// - Complexity: Linear in the number of members beside the fields that are read.
  func values(in root: YAMLNode) -> [RuleValue?] {
    var values = [RuleValue?](repeating: nil, count: paths.count)
    fill(&values, from: root, at: 0)
    return values
  }

  private func fill(_ values: inout [RuleValue?], from node: YAMLNode, at index: Int) {
    let junction = junctions[index]
    if let slot = junction.slot { values[slot] = RuleValue(node) }
    guard !junction.children.isEmpty, let members = node.mapping else { return }
    for member in members {
      // As in the decoder, names are few, and comparing them beats hashing.
      for child in junction.children where child.name.hasSameBytes(as: member.name) {
        fill(&values, from: member.value, at: child.index)
        break
      }
    }
  }

  /// Returns the path's value, or the part of the document that lacks it.
  func place(of slot: Int, in root: YAMLNode) -> RuleRead {
    let path = paths[slot]
    var node = root
    var range = root.headRange
    for (depth, name) in path.enumerated() {
      guard let member = node.member(name) else {
        return RuleRead(range: range, text: path.prefix(depth + 1).joined(separator: "."), isMissing: true)
      }
      node = member.value
      range = node.scalar == nil ? member.nameRange : node.range
    }
    return RuleRead(range: range, text: path.joined(separator: "."), isMissing: false)
  }
}
