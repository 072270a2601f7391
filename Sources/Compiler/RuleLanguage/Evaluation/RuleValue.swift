package import YAMLSyntax

/// A value of an expression.
package enum RuleValue: Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case text(String)
  case list([RuleValue])
  /// A list or mapping of the document.
  case part(YAMLNode)
  /// What prevents a value. It is a value itself, because `false && …` and `true || …` do not need their other side.
  case fault(RuleFault)

  /// Makes the value of a node of a document.
  package init(_ node: YAMLNode) {
    guard case .scalar(let scalar) = node.content else {
      self = .part(node)
      return
    }
    switch scalar.resolved {
    case .null: self = .null
    case .bool(let value): self = .bool(value)
    case .integer(let value): self = .integer(value)
    case .number(let value): self = .number(value)
    case .string(let text): self = .text(text)
    }
  }
}

/// What prevents an expression from having a value.
package enum RuleFault: Sendable, Equatable {
  /// The document has no such field or element.
  case missing(String)
  /// An operation does not take values of these types.
  case wrongType(String)
  /// The evaluation takes more steps than are permitted.
  case tooCostly

  /// Description of the fault, as a phrase.
  package var message: String {
    switch self {
    case .missing(let what): "the document has no `\(what)`"
    case .wrongType(let text): text
    case .tooCostly: "it takes more than \(ExpressionLimits.maxSteps) steps to evaluate"
    }
  }
}

extension RuleValue {
  /// Type of the value, as messages name it.
  var typeInWords: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .integer, .number: "a number"
    case .text: "a text"
    case .list: "a list"
    case .part(let node): node.sequence == nil ? "a mapping" : "a list"
    case .fault: "a fault"
    }
  }
}
