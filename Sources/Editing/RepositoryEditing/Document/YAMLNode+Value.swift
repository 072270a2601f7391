package import TextFormats
package import YAMLSyntax

extension YAMLNode {
  /// The node's value regardless of its layout.
  package var value: JSON {
    switch content {
    case .sequence(let elements): .array(elements.map(\.value))
    case .mapping(let members): .object(JSON.Members(members.map { (name: $0.name, value: $0.value.value) }))
    case .scalar(let scalar):
      switch scalar.resolved {
      case .null: .null
      case .bool(let value): .bool(value)
      case .integer(let value): .integer(value)
      case .number(let value): .number(value)
      case .string(let text): .string(text)
      }
    }
  }
}
