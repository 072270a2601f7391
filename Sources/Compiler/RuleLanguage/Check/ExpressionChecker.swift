package import ConfigModel
import ConfigSchema

/// Checker of an expression against the schema of the kind whose documents it reads.
package struct ExpressionChecker {
  private var faults: [ExpressionFault] = []
  /// Schema of the documents; nil if any document is permitted.
  private let shape: ObjectShape?
  private var scope: [(name: String, type: ExpressionType)] = []

  /// Parses and checks a rule's expression.
  ///
  /// - Parameters:
  ///   - text: The expression.
  ///   - kind: Kind of the documents that it reads; nil if they have no schema, so that only its patterns are checked.
  /// - Returns: The expression, or its mistakes.
  package static func check(_ text: String, over kind: Kind?) -> Result<Expression, ExpressionFaults> {
    let expression: Expression
    do {
      expression = try ExpressionParser.parse(text)
    } catch {
      return .failure(ExpressionFaults(faults: [error]))
    }
    guard let kind else {
      let faults = patternFaults(in: expression)
      return faults.isEmpty ? .success(expression) : .failure(ExpressionFaults(faults: faults))
    }
    var checker = ExpressionChecker(shape: DocumentSchema.named(kind.rawValue)?.shape)
    let type = checker.type(of: expression)
    checker.require(.bool, type, expression, "a rule is true or false")
    if checker.faults.isEmpty {
      checker.faults = OptionalReads.unguarded(in: expression, shape: checker.shape)
    }
    return checker.faults.isEmpty ? .success(expression) : .failure(ExpressionFaults(faults: checker.faults))
  }

  /// Returns the type of an expression.
  ///
  /// - Parameters:
  ///   - shape: Schema of the documents; nil if any document is permitted.
  ///   - scope: Variables of the macros around the expression.
  static func type(
    of expression: Expression, in shape: ObjectShape?, scope: [(name: String, type: ExpressionType)]
  ) -> ExpressionType {
    var checker = ExpressionChecker(shape: shape)
    checker.scope = scope
    return checker.type(of: expression)
  }

  private init(shape: ObjectShape?) { self.shape = shape }

  private mutating func report(
    _ message: String, _ range: Range<Int>, help: String? = nil, replacement: String? = nil
  ) {
    faults.append(ExpressionFault(message, range, help: help, replacement: replacement))
  }

  private mutating func require(
    _ wanted: ExpressionType, _ type: ExpressionType, _ expression: Expression, _ reason: String
  ) {
    switch (wanted, type) {
    case (_, .any), (.bool, .bool), (.text, .text), (.number, .number): return
    default: report("\(reason), and this is \(type.words)", expression.range)
    }
  }

  // MARK: - Types

  private mutating func type(of expression: Expression) -> ExpressionType {
    switch expression.content {
    case .null: return .null
    case .bool: return .bool
    case .integer, .number: return .number
    case .text: return .text(nil)
    case .list(let elements):
      let types = elements.map { type(of: $0) }
      guard let first = types.first else { return .list(.any) }
      return .list(types.dropFirst().reduce(first) { $0.joined(with: $1) })
    case .name(let name): return type(named: name, expression)
    case .field(let operand, let name): return field(name, of: operand, expression)
    case .index(let operand, let index): return element(of: operand, index, expression)
    case .has(let operand):
      _ = type(of: operand)
      return .bool
    case .not(let operand):
      require(.bool, type(of: operand), operand, "`!` negates true or false")
      return .bool
    case .binary(let operation, let left, let right):
      check(operation, left, right, expression)
      return .bool
    case .conditional(let condition, let then, let otherwise):
      require(.bool, type(of: condition), condition, "the condition of `?` is true or false")
      let first = type(of: then)
      return first.joined(with: type(of: otherwise))
    case .call(let function, let arguments): return result(of: function, arguments, expression)
    case .macro(let macro, let range, let variable, let body):
      return result(of: macro, range, variable, body, expression)
    }
  }

  private mutating func type(named name: String, _ expression: Expression) -> ExpressionType {
    if let variable = scope.last(where: { $0.name == name }) { return variable.type }
    guard let shape else { return .any }
    if name == "old" { return .object(shape) }
    if ["metadata", "spec"].contains(name), let field = shape.fields.first(where: { $0.name == name }) {
      return ExpressionType(field.shape)
    }
    let known = scope.map(\.name) + ["metadata", "spec", "old"]
    // A field without its `spec.` is likelier than a misspelt name.
    let inSpec = shape.fields.first { $0.name == "spec" }?.shape.object?.fields.contains { $0.name == name } ?? false
    let meant = inSpec ? "spec.\(name)" : Spelling.nearest(to: name, among: known)
    report(
      "there is nothing called `\(name)` here", expression.range,
      help: meant.map { "did you mean `\($0)`?" } ?? "an expression begins with `metadata`, `spec` or `old`",
      replacement: meant)
    return .any
  }

  private mutating func field(_ name: String, of operand: Expression, _ expression: Expression) -> ExpressionType {
    let type = type(of: operand)
    switch type {
    case .any: return .any
    case .map(let value): return value
    case .object(let object):
      if let field = object.fields.first(where: { $0.name == name }) { return ExpressionType(field.shape) }
      let names = object.fields.map(\.name)
      let nearest = Spelling.nearest(to: name, among: names)
      report(
        "\(object.name) has no field `\(name)`", expression.nameRange,
        help: nearest.map { "did you mean `\($0)`?" }
          ?? "its fields are \(names.map { "`\($0)`" }.joined(separator: ", "))", replacement: nearest)
      return .any
    default:
      report("\(type.words) has no fields", expression.nameRange)
      return .any
    }
  }

  private mutating func element(
    of operand: Expression, _ index: Expression, _ expression: Expression
  ) -> ExpressionType {
    let type = type(of: operand)
    let key = self.type(of: index)
    switch type {
    case .any: return .any
    case .list(let element):
      require(.number, key, index, "the elements of a list are numbered")
      return element
    case .map(let value):
      require(.text(nil), key, index, "the names of a mapping are texts")
      return value
    case .object(let object):
      if case .text(let name) = index.content, let field = object.fields.first(where: { $0.name == name }) {
        return ExpressionType(field.shape)
      }
      report("write `.NAME` to read a field of \(object.name)", index.range)
      return .any
    default:
      report("\(type.words) has no elements", index.range)
      return .any
    }
  }

  // MARK: - Operators and functions

  private mutating func check(
    _ operation: Expression.Operator, _ left: Expression, _ right: Expression, _ expression: Expression
  ) {
    let first = type(of: left)
    let second = type(of: right)
    switch operation {
    case .and, .or:
      require(.bool, first, left, "`\(operation.rawValue)` joins what is true or false")
      require(.bool, second, right, "`\(operation.rawValue)` joins what is true or false")
    case .equal, .notEqual:
      if case .name("old") = left.content, case .null = second { return }
      if case .name("old") = right.content, case .null = first { return }
      guard first.canEqual(second) else {
        report("\(first.words) never equals \(second.words)", expression.range)
        return
      }
      checkChoice(of: first, right)
      checkChoice(of: second, left)
    case .less, .lessOrEqual, .greater, .greaterOrEqual:
      if !first.isOrdered(with: second) {
        report("\(first.words) and \(second.words) have no order", expression.range)
      }
    case .isIn:
      switch second {
      case .any: return
      case .list(let element):
        guard element.canEqual(first) else {
          report("the list contains no value of this type: \(element.words), not \(first.words)", left.range)
          return
        }
        checkChoice(of: element, left)
        if case .list(let literals) = right.content { for literal in literals { checkChoice(of: first, literal) } }
      case .map: require(.text(nil), first, left, "the names of a mapping are texts")
      case .object(let object): report("use `has` to ask for a field of \(object.name)", expression.range)
      default: report("`in` needs a list or a mapping on its right, and this is \(second.words)", right.range)
      }
    }
  }

  /// Reports a literal that a field with given values never has.
  private mutating func checkChoice(of type: ExpressionType, _ literal: Expression) {
    guard case .text(let choices?) = type, case .text(let text) = literal.content, !choices.contains(text) else {
      return
    }
    let nearest = Spelling.nearest(to: text, among: choices)
    report(
      "the field is never `\(text)`", literal.range,
      help: nearest.map { "did you mean `\($0)`?" }
        ?? "its values are \(choices.map { "`\($0)`" }.joined(separator: ", "))",
      replacement: nearest.map { "'\($0)'" })
  }

  private mutating func result(
    of function: Expression.Function, _ arguments: [Expression], _ expression: Expression
  ) -> ExpressionType {
    guard let receiver = arguments.first else { return .any }
    let type = type(of: receiver)
    guard function != .size else {
      switch type {
      case .any, .text, .list, .map: break
      default: report("\(type.words) has no size", receiver.range)
      }
      return .number
    }
    require(.text(nil), type, receiver, "`\(function.rawValue)` examines a text")
    guard let argument = arguments.dropFirst().first else { return .bool }
    guard function == .matches else {
      require(.text(nil), self.type(of: argument), argument, "`\(function.rawValue)` takes a text")
      return .bool
    }
    if let fault = Self.patternFault(in: argument) { faults.append(fault) }
    return .bool
  }

  /// Returns the mistake in a pattern of `matches`; nil if the pattern is sound.
  private static func patternFault(in argument: Expression) -> ExpressionFault? {
    guard case .text(let pattern) = argument.content else {
      return ExpressionFault(
        "the pattern of `matches` is written out", argument.range,
        help: "write it between quotes, so that it is read once and its cost is known")
    }
    do {
      _ = try TextPattern(pattern)
      return nil
    } catch {
      // `'` or `r'`
      let start = argument.range.lowerBound + (argument.range.count - pattern.utf8.count - 1)
      let range = argument.isVerbatim ? start + error.range.lowerBound..<start + error.range.upperBound : argument.range
      return ExpressionFault(error.message, range, help: "patterns are those of RE2, without flags, captures and `\\b`")
    }
  }

  private static func patternFaults(in expression: Expression) -> [ExpressionFault] {
    var faults = expression.operands.flatMap { patternFaults(in: $0) }
    if case .call(.matches, let arguments) = expression.content, let pattern = arguments.dropFirst().first,
      let fault = patternFault(in: pattern)
    {
      faults.append(fault)
    }
    return faults
  }

  private mutating func result(
    of macro: Expression.Macro, _ range: Expression, _ variable: String, _ body: Expression, _ expression: Expression
  ) -> ExpressionType {
    let element: ExpressionType
    let type = type(of: range)
    switch type {
    case .any: element = .any
    case .list(let inner): element = inner
    case .map: element = .text(nil)
    default:
      report("`\(macro.rawValue)` goes through a list or a mapping, and this is \(type.words)", range.range)
      element = .any
    }
    if (scope.map(\.name) + ["metadata", "spec", "old"]).contains(variable) {
      report("`\(variable)` has a meaning already", expression.nameRange, help: "choose another name for the variable")
    }
    scope.append((variable, element))
    require(.bool, self.type(of: body), body, "the condition of `\(macro.rawValue)` is true or false")
    scope.removeLast()
    return macro == .filter ? .list(element) : .bool
  }
}

/// The mistakes of an expression.
package struct ExpressionFaults: Error, Sendable {
  /// The mistakes, at least one.
  package let faults: [ExpressionFault]
}
