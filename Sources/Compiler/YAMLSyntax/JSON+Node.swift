package import TextFormats

extension JSON {
  /// Converts a node under YAML's core schema, with members sorted by name.
  package init(_ node: YAMLNode) {
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
