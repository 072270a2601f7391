extension Expression: CustomStringConvertible {
  /// The expression with brackets where they are needed, which parses to the same expression.
  package var description: String { text(0) }

  /// Binding strength of the expression: 0 for `?`, 1 for `||`, 2 for `&&`, 3 for relations, 4 for `!`, 5 for the rest.
  private var strength: Int {
    switch content {
    case .conditional: 0
    case .binary(.or, _, _): 1
    case .binary(.and, _, _): 2
    case .binary: 3
    case .not: 4
    // `-1` cannot be followed by a point.
    case .integer(let value) where value < 0: 4
    case .number(let value) where value.sign == .minus: 4
    default: 5
    }
  }

  private func text(_ least: Int) -> String {
    let plain = plainText
    return strength < least ? "(\(plain))" : plain
  }

  private var plainText: String {
    switch content {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .integer(let value): String(value)
    case .number(let value): "\(value)"
    case .text(let text): Self.quoted(text)
    case .list(let elements): "[\(Self.listed(elements))]"
    case .name(let name): name
    case .field(let operand, let name): "\(operand.text(5)).\(name)"
    case .index(let operand, let index): "\(operand.text(5))[\(index)]"
    case .has(let operand): "has(\(operand))"
    case .not(let operand): "!\(operand.text(4))"
    case .binary(let operation, let left, let right):
      "\(left.text(strength)) \(operation.rawValue) \(right.text(strength + 1))"
    case .conditional(let condition, let then, let otherwise):
      "\(condition.text(1)) ? \(then.text(1)) : \(otherwise.text(0))"
    case .call(.size, let arguments): "size(\(Self.listed(arguments)))"
    case .call(let function, let arguments):
      "\(arguments.first?.text(5) ?? "").\(function.rawValue)(\(Self.listed(arguments.dropFirst())))"
    case .macro(let macro, let range, let variable, let body):
      "\(range.text(5)).\(macro.rawValue)(\(variable), \(body))"
    }
  }

  private static func listed(_ elements: some Sequence<Expression>) -> String {
    elements.map(\.description).joined(separator: ", ")
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
