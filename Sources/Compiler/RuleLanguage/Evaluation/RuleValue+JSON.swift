package import TextFormats
import YAMLSyntax

extension RuleValue {
  /// The value as JSON; null for a fault.
  package var json: JSON {
    switch self {
    case .null, .fault: .null
    case .bool(let value): .bool(value)
    case .integer(let value): .integer(value)
    case .number(let value): .number(value)
    case .text(let text): .string(text)
    case .list(let elements): .array(elements.map(\.json))
    case .part(let node): JSON(node)
    }
  }
}
