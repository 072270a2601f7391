package import Diagnostics

/// A node of a YAML document with the bytes it came from.
package struct YAMLNode: Sendable {
  package enum Content: Sendable {
    case scalar(YAMLScalar)
    case sequence([YAMLNode])
    case mapping([YAMLMember])
  }

  /// The bytes of the node; for a block collection from its first entry to the end of its last.
  package let range: SourceRange
  package let content: Content

  package init(_ content: Content, range: SourceRange) {
    self.content = content
    self.range = range
  }

  /// The value of the field `name` if this is a mapping that has one.
  package subscript(name: String) -> YAMLNode? { member(name)?.value }

  /// The field `name` if this is a mapping that has one.
  package func member(_ name: String) -> YAMLMember? {
    guard case .mapping(let members) = content else { return nil }
    return members.first { $0.name == name }
  }

  package var scalar: YAMLScalar? {
    guard case .scalar(let scalar) = content else { return nil }
    return scalar
  }

  package var sequence: [YAMLNode]? {
    guard case .sequence(let elements) = content else { return nil }
    return elements
  }

  package var mapping: [YAMLMember]? {
    guard case .mapping(let members) = content else { return nil }
    return members
  }
}

/// One `name: value` of a mapping. Keys are always scalars: anything else is refused by the parser.
package struct YAMLMember: Sendable {
  package let name: String
  /// The bytes of the name, with its quotes.
  package let nameRange: SourceRange
  package let value: YAMLNode

  package init(name: String, nameRange: SourceRange, value: YAMLNode) {
    self.name = name
    self.nameRange = nameRange
    self.value = value
  }
}

/// A scalar as it was written: its unescaped text and the style that decides how it is resolved.
package struct YAMLScalar: Sendable {
  package enum Style: Sendable { case plain, singleQuoted, doubleQuoted, literal, folded }

  package let text: String
  package let style: Style

  package init(text: String, style: Style) {
    self.text = text
    self.style = style
  }
}

/// One document of a file.
package struct YAMLDocument: Sendable {
  package let root: YAMLNode
  package let range: SourceRange

  package init(root: YAMLNode, range: SourceRange) {
    self.root = root
    self.range = range
  }
}

/// What a file's text gives: the documents that could be read, and every problem found on the way.
package struct YAMLParse: Sendable {
  package let documents: [YAMLDocument]
  package let diagnostics: [Diagnostic]

  package init(documents: [YAMLDocument], diagnostics: [Diagnostic]) {
    self.documents = documents
    self.diagnostics = diagnostics
  }
}
