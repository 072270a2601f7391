/// Lowered expressions of the rules about one kind, which share the fields that they read.
struct RuleProgram: Sendable {
  private(set) var steps: [RuleStep] = []
  private(set) var constants: [RuleValue] = []
  private(set) var names: [String] = []
  private(set) var patterns: [TextPattern] = []
  private(set) var elements: [Int32] = []
  private(set) var variableCount = 0
  private(set) var paths = DocumentPaths()
  private(set) var oldPaths = DocumentPaths()
  /// The first step of each rule.
  private(set) var roots: [Int] = []
  /// Names of the variables in scope, while an expression is lowered.
  private var scope: [String] = []

  /// Adds an expression, which must be free of mistakes, and returns its index.
  mutating func add(_ expression: Expression) -> Int {
    scope = []
    roots.append(lower(expression))
    return roots.count - 1
  }

  private mutating func append(_ kind: RuleStep.Kind, _ a: Int = 0, _ b: Int = 0, _ c: Int = 0) -> Int {
    steps.append(RuleStep(kind: kind, a: Int32(clamping: a), b: Int32(clamping: b), c: Int32(clamping: c)))
    return steps.count - 1
  }

  private mutating func constant(_ value: RuleValue) -> Int {
    constants.append(value)
    return append(.constant, constants.count - 1)
  }

  private mutating func lower(_ expression: Expression) -> Int {
    switch expression.content {
    case .null: return constant(.null)
    case .bool(let value): return constant(.bool(value))
    case .integer(let value): return constant(.integer(value))
    case .number(let value): return constant(.number(value))
    case .text(let text): return constant(.text(text))
    case .list(let expressions): return lowerList(expressions)
    case .name(let name):
      if let variable = scope.lastIndex(of: name) { return append(.variable, variable) }
      if name == "old" { return append(.old) }
      return append(.slot, paths.slot(of: [name]))
    case .field(let operand, let name):
      if let path = path(of: expression) { return lower(path, .slot, .oldSlot) }
      names.append(name)
      let index = names.count - 1
      return append(.field, lower(operand), index)
    case .index(let operand, let index):
      if let path = path(of: expression) { return lower(path, .slot, .oldSlot) }
      return append(.index, lower(operand), lower(index))
    case .has(let field):
      if let path = path(of: field) { return lower(path, .hasSlot, .hasOldSlot) }
      guard case .field(let operand, let name) = field.content else { return constant(.bool(false)) }
      names.append(name)
      let index = names.count - 1
      return append(.hasField, lower(operand), index)
    case .not(let operand): return append(.not, lower(operand))
    case .binary(let operation, let left, let right):
      return append(Self.kind(of: operation), lower(left), lower(right))
    case .conditional(let condition, let then, let otherwise):
      return append(.conditional, lower(condition), lower(then), lower(otherwise))
    case .call(let function, let arguments): return lower(function, arguments)
    case .macro(let macro, let range, let variable, let body):
      let list = lower(range)
      scope.append(variable)
      variableCount = max(variableCount, scope.count)
      let position = scope.count - 1
      let condition = lower(body)
      scope.removeLast()
      let kind: RuleStep.Kind =
        switch macro {
        case .all: .all
        case .exists: .exists
        case .filter: .filter
        }
      return append(kind, list, condition, position)
    }
  }

  private mutating func lowerList(_ expressions: [Expression]) -> Int {
    let literals = expressions.compactMap(\.literal)
    // A list of literals is made once.
    if literals.count == expressions.count { return constant(.list(literals)) }
    let lowered = expressions.map { Int32(clamping: lower($0)) }
    elements += lowered
    return append(.list, elements.count - lowered.count, lowered.count)
  }

  private mutating func lower(_ function: Expression.Function, _ arguments: [Expression]) -> Int {
    guard let receiver = arguments.first else { return constant(.null) }
    let operand = lower(receiver)
    guard let argument = arguments.dropFirst().first else { return append(.size, operand) }
    switch function {
    case .size: return append(.size, operand)
    case .startsWith: return append(.startsWith, operand, lower(argument))
    case .endsWith: return append(.endsWith, operand, lower(argument))
    case .contains: return append(.contains, operand, lower(argument))
    case .matches:
      guard case .text(let text) = argument.content, let pattern = try? TextPattern(text) else {
        return constant(.fault(.wrongType("the pattern cannot be read")))
      }
      patterns.append(pattern)
      return append(.matches, operand, patterns.count - 1)
    }
  }

  private mutating func lower(
    _ path: (names: [String], isOld: Bool), _ new: RuleStep.Kind, _ old: RuleStep.Kind
  ) -> Int {
    path.isOld ? append(old, oldPaths.slot(of: path.names)) : append(new, paths.slot(of: path.names))
  }

  /// Returns the names from the root of a document; nil if the expression does not begin there.
  private func path(of expression: Expression) -> (names: [String], isOld: Bool)? {
    switch expression.content {
    case .name(let name):
      if scope.contains(name) { return nil }
      return name == "old" ? ([], true) : ([name], false)
    case .field(let operand, let name):
      return path(of: operand).map { ($0.names + [name], $0.isOld) }
    case .index(let operand, let index):
      guard case .text(let name) = index.content else { return nil }
      return path(of: operand).map { ($0.names + [name], $0.isOld) }
    default: return nil
    }
  }

  private static func kind(of operation: Expression.Operator) -> RuleStep.Kind {
    switch operation {
    case .or: .or
    case .and: .and
    case .equal: .equal
    case .notEqual: .notEqual
    case .less: .less
    case .lessOrEqual: .lessOrEqual
    case .greater: .greater
    case .greaterOrEqual: .greaterOrEqual
    case .isIn: .isIn
    }
  }
}

extension Expression {
  /// The value of a literal; nil for other expressions.
  fileprivate var literal: RuleValue? {
    switch content {
    case .null: .null
    case .bool(let value): .bool(value)
    case .integer(let value): .integer(value)
    case .number(let value): .number(value)
    case .text(let text): .text(text)
    default: nil
    }
  }
}
