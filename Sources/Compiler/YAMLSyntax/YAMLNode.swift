package import Diagnostics

/// A node of a YAML document, and its range in the file.
package struct YAMLNode: Sendable {
  /// Content of a node.
  package enum Content: Sendable {
    case scalar(YAMLScalar)
    case sequence([YAMLNode])
    case mapping([YAMLMember])
  }

  /// Range of the node. A block collection extends from its first entry to the end of its last.
  package let range: SourceRange
  /// Content of the node.
  package let content: Content

  package init(_ content: Content, range: SourceRange) {
    self.content = content
    self.range = range
  }

  /// The value of the field `name`; nil if there is none or this is not a mapping.
  package subscript(name: String) -> YAMLNode? { member(name)?.value }

  /// Returns the field `name`; nil if there is none or this is not a mapping.
  package func member(_ name: String) -> YAMLMember? {
    guard case .mapping(let members) = content else { return nil }
    return members.first { $0.name == name }
  }

  /// The scalar; nil if this is a collection.
  package var scalar: YAMLScalar? {
    guard case .scalar(let scalar) = content else { return nil }
    return scalar
  }

  /// The elements; nil if this is not a sequence.
  package var sequence: [YAMLNode]? {
    guard case .sequence(let elements) = content else { return nil }
    return elements
  }

  /// The members; nil if this is not a mapping.
  package var mapping: [YAMLMember]? {
    guard case .mapping(let members) = content else { return nil }
    return members
  }
}

/// A `name: value` of a mapping. Names are always scalars: the parser rejects anything else.
package struct YAMLMember: Sendable {
  /// Name, without its quotes.
  package let name: String
  /// Range of the name, with its quotes.
  package let nameRange: SourceRange
  /// Value.
  package let value: YAMLNode

  package init(name: String, nameRange: SourceRange, value: YAMLNode) {
    self.name = name
    self.nameRange = nameRange
    self.value = value
  }
}
