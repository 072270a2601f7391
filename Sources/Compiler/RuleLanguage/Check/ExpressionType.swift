import ConfigModel
import ConfigSchema

/// Type of an expression, as far as the schema of a kind determines it.
indirect enum ExpressionType: Sendable {
  /// Anything: values of a list with several types, or of a document without a schema.
  case any
  case null
  case bool
  case number
  /// A text, and the only texts that the field can have; nil if there are others.
  case text([String]?)
  case list(ExpressionType)
  /// A mapping of arbitrary names.
  case map(ExpressionType)
  case object(ObjectShape)

  init(_ shape: Shape) {
    switch shape {
    case .string(let string): self = .text(string.choices.map { $0.map(\.value) })
    case .integer, .number: self = .number
    case .boolean: self = .bool
    case .list(let element, _): self = .list(ExpressionType(element))
    case .map(_, let value): self = .map(ExpressionType(value))
    case .object(let object): self = .object(object)
    case .anyMapping: self = .map(.any)
    }
  }

  /// The type in words, with its article.
  var words: String {
    switch self {
    case .any: "any value"
    case .null: "null"
    case .bool: "true or false"
    case .number: "a number"
    case .text: "a text"
    case .list: "a list"
    case .map, .object: "a mapping"
    }
  }

  /// Whether values of both types can be equal.
  func canEqual(_ other: ExpressionType) -> Bool {
    switch (self, other) {
    case (.any, _), (_, .any), (.null, .null), (.bool, .bool), (.number, .number), (.text, .text), (.list, .list): true
    case (.map, .map), (.map, .object), (.object, .map), (.object, .object): true
    default: false
    }
  }

  /// Whether values of both types have an order.
  func isOrdered(with other: ExpressionType) -> Bool {
    switch (self, other) {
    case (.any, .any), (.number, .number), (.text, .text), (.bool, .bool): true
    case (.any, .number), (.any, .text), (.any, .bool), (.number, .any), (.text, .any), (.bool, .any): true
    default: false
    }
  }

  /// Returns the type of a conditional with values of both types.
  func joined(with other: ExpressionType) -> ExpressionType {
    switch (self, other) {
    case (.bool, .bool): .bool
    case (.number, .number): .number
    case (.text, .text): .text(nil)
    default: .any
    }
  }
}
