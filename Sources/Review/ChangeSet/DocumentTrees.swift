import ConfigCompiler
import ConfigSchema
import Diagnostics
import TextFormats
import YAMLSyntax

/// A cache of one side's YAML trees, so that each file is parsed once.
struct DocumentTrees {
  private var files: [String: [YAMLDocument]] = [:]

  mutating func root(of document: SourceDocument) -> YAMLNode? {
    let documents: [YAMLDocument]
    if let known = files[document.path] {
      documents = known
    } else {
      documents = YAMLParser.parse(document.file).documents
      files[document.path] = documents
    }
    return documents.indices.contains(document.index) ? documents[document.index].root : nil
  }
}

extension JSON {
  /// Converts a node under YAML's core schema, with members sorted by name.
  init(_ node: YAMLNode) {
    switch node.content {
    case .scalar(let scalar):
      switch scalar.resolved {
      case .null: self = .null
      case .bool(let value): self = .bool(value)
      case .integer(let value): self = .integer(value)
      case .number(let value): self = .number(value)
      case .string(let value): self = .string(value)
      }
    case .sequence(let nodes): self = .array(nodes.map(JSON.init))
    case .mapping(let members):
      let sorted = members.sorted { $0.name < $1.name }
      self = .object(JSON.Members(sorted.map { (name: $0.name, value: JSON($0.value)) }))
    }
  }
}

extension YAMLNode {
  /// Whether the value equals the field's default.
  func isDefault(of field: FieldShape) -> Bool {
    guard let text = field.defaultText else { return false }
    let parse = YAMLParser.parse(SourceFile(path: "", text: text))
    guard parse.diagnostics.isEmpty, let document = parse.documents.first else { return false }
    return JSON(document.root) == JSON(self)
  }
}
