import ConfigSchema

/// Parser of expressions: CEL's grammar without arithmetic, mappings, messages and bytes.
package struct ExpressionParser {
  private let tokens: [ExpressionToken]
  private var position = 0
  private var depth = 0
  private var macroDepth = 0
  private var nodes = 0

  /// Parses an expression.
  ///
  /// - Throws: The first mistake.
  /// - Complexity: Linear in the text's length.
  package static func parse(_ text: String) throws(ExpressionFault) -> Expression {
    guard text.utf8.count <= ExpressionLimits.maxBytes else {
      throw ExpressionFault(
        "an expression has at most \(ExpressionLimits.maxBytes) bytes", 0..<1, help: "make several rules of it")
    }
    var parser = ExpressionParser(tokens: try ExpressionScanner.tokens(of: text))
    if case .end = parser.token.content { throw ExpressionFault("the expression is empty", 0..<text.utf8.count) }
    let expression = try parser.conditional()
    guard case .end = parser.token.content else {
      throw ExpressionFault("expected an operator or the end", parser.token.range)
    }
    return expression
  }

  private init(tokens: [ExpressionToken]) { self.tokens = tokens }

  private var token: ExpressionToken {
    // The last token is `end`, and `advance` does not pass it.
    tokens[min(position, tokens.count - 1)]
  }

  private mutating func advance() { position = min(position + 1, tokens.count - 1) }

  private mutating func take(_ sign: String) -> Bool {
    guard case .sign(sign) = token.content else { return false }
    advance()
    return true
  }

  private mutating func require(_ sign: String, _ purpose: String) throws(ExpressionFault) {
    guard take(sign) else { throw ExpressionFault("expected `\(sign)` \(purpose)", token.range) }
  }

  private mutating func node(
    _ content: Expression.Content, _ range: Range<Int>, nameRange: Range<Int>? = nil, isVerbatim: Bool = false
  ) throws(ExpressionFault) -> Expression {
    nodes += 1
    guard nodes <= ExpressionLimits.maxNodes else {
      throw ExpressionFault(
        "an expression has at most \(ExpressionLimits.maxNodes) parts", range, help: "make several rules of it")
    }
    return Expression(content, range, nameRange: nameRange, isVerbatim: isVerbatim)
  }

  private mutating func descend() throws(ExpressionFault) {
    depth += 1
    guard depth <= ExpressionLimits.maxDepth else {
      throw ExpressionFault(
        "expressions are nested at most \(ExpressionLimits.maxDepth) levels deep", token.range,
        help: "make several rules of it")
    }
  }

  // MARK: - Operators

  private mutating func conditional() throws(ExpressionFault) -> Expression {
    try descend()
    defer { depth -= 1 }
    let condition = try disjunction()
    guard take("?") else { return condition }
    let then = try disjunction()
    try require(":", "between the two values of `?`")
    let otherwise = try conditional()
    return try node(
      .conditional(condition, then, otherwise), condition.range.lowerBound..<otherwise.range.upperBound)
  }

  private mutating func disjunction() throws(ExpressionFault) -> Expression {
    var left = try conjunction()
    while take("||") { left = try binary(.or, left, try conjunction()) }
    return left
  }

  private mutating func conjunction() throws(ExpressionFault) -> Expression {
    var left = try relation()
    while take("&&") { left = try binary(.and, left, try relation()) }
    return left
  }

  private static let relations: [Expression.Operator] = [
    .equal, .notEqual, .lessOrEqual, .greaterOrEqual, .less, .greater, .isIn,
  ]

  private mutating func relation() throws(ExpressionFault) -> Expression {
    var left = try unary()
    while let operation = relationOperator() {
      advance()
      left = try binary(operation, left, try unary())
    }
    return left
  }

  private func relationOperator() -> Expression.Operator? {
    switch token.content {
    case .sign(let sign): Self.relations.first { $0.rawValue == sign }
    case .word("in"): .isIn
    default: nil
    }
  }

  private mutating func binary(
    _ operation: Expression.Operator, _ left: Expression, _ right: Expression
  ) throws(ExpressionFault) -> Expression {
    try node(.binary(operation, left, right), left.range.lowerBound..<right.range.upperBound)
  }

  private mutating func unary() throws(ExpressionFault) -> Expression {
    let start = token.range.lowerBound
    if take("!") {
      try descend()
      defer { depth -= 1 }
      let operand = try unary()
      return try node(.not(operand), start..<operand.range.upperBound)
    }
    if take("-") {
      let range = start..<token.range.upperBound
      switch token.content {
      case .integer(let value):
        advance()
        return try node(.integer(-value), range)
      case .number(let value):
        advance()
        return try node(.number(-value), range)
      default:
        throw ExpressionFault(
          "`-` is only part of a number", start..<start + 1,
          help: "rules have no arithmetic, so that they always end with a value")
      }
    }
    return try member()
  }

  // MARK: - Fields, calls and macros

  private mutating func member() throws(ExpressionFault) -> Expression {
    var operand = try primary()
    while true {
      if take(".") {
        operand = try selection(of: operand)
      } else if take("[") {
        let index = try conditional()
        let end = token.range.upperBound
        try require("]", "after the index")
        operand = try node(.index(operand, index), operand.range.lowerBound..<end)
      } else {
        return operand
      }
    }
  }

  private mutating func selection(of operand: Expression) throws(ExpressionFault) -> Expression {
    let name = token
    guard case .word(let word) = name.content, !["true", "false", "null", "in"].contains(word) else {
      throw ExpressionFault("expected the name of a field", name.range)
    }
    advance()
    guard case .sign("(") = token.content else {
      return try node(
        .field(operand, word), operand.range.lowerBound..<name.range.upperBound, nameRange: name.range)
    }
    advance()
    if let macro = Expression.Macro(rawValue: word) { return try expand(macro, name, over: operand) }
    let arguments = try list(until: ")")
    let end = tokens[max(position - 1, 0)].range.upperBound
    guard let function = Expression.Function(rawValue: word) else { throw unknown(word, name.range) }
    let wanted = function == .size ? 0 : 1
    guard arguments.count == wanted else { throw wrongCount(word, wanted, name.range) }
    return try node(
      .call(function, [operand] + arguments), operand.range.lowerBound..<end, nameRange: name.range)
  }

  private mutating func expand(
    _ macro: Expression.Macro, _ name: ExpressionToken, over range: Expression
  ) throws(ExpressionFault) -> Expression {
    macroDepth += 1
    defer { macroDepth -= 1 }
    guard macroDepth <= ExpressionLimits.maxMacroDepth else {
      throw ExpressionFault(
        "`all`, `exists` and `filter` are nested at most \(ExpressionLimits.maxMacroDepth) times", name.range)
    }
    guard case .word(let variable) = token.content, !Self.reserved.contains(variable) else {
      throw ExpressionFault(
        "`\(macro.rawValue)` takes a variable and a condition", token.range,
        help: "write `.\(macro.rawValue)(x, …)`, where `x` is each element")
    }
    advance()
    try require(",", "after the variable")
    let body = try conditional()
    let end = token.range.upperBound
    try require(")", "after the condition")
    return try node(.macro(macro, range, variable, body), range.range.lowerBound..<end, nameRange: name.range)
  }

  private mutating func primary() throws(ExpressionFault) -> Expression {
    let first = token
    switch first.content {
    case .integer(let value):
      advance()
      return try node(.integer(value), first.range)
    case .number(let value):
      advance()
      return try node(.number(value), first.range)
    case .text(let text, let isVerbatim):
      advance()
      return try node(.text(text), first.range, isVerbatim: isVerbatim)
    case .sign("("):
      advance()
      let inner = try conditional()
      let end = token.range.upperBound
      try require(")", "to close the bracket")
      return Expression(
        inner.content, first.range.lowerBound..<end, nameRange: inner.nameRange)
    case .sign("["):
      advance()
      let elements = try list(until: "]")
      return try node(.list(elements), first.range.lowerBound..<tokens[max(position - 1, 0)].range.upperBound)
    case .word(let word):
      advance()
      return try named(word, first.range)
    case .end: throw ExpressionFault("the expression ends too early", first.range, help: "a value is missing here")
    case .sign(let sign): throw ExpressionFault("expected a value, found `\(sign)`", first.range)
    }
  }

  private mutating func named(_ word: String, _ range: Range<Int>) throws(ExpressionFault) -> Expression {
    switch word {
    case "true": return try node(.bool(true), range)
    case "false": return try node(.bool(false), range)
    case "null": return try node(.null, range)
    default: break
    }
    guard take("(") else {
      guard !Self.reserved.contains(word) else {
        throw ExpressionFault("`\(word)` is a reserved word", range, help: "choose another name")
      }
      return try node(.name(word), range)
    }
    let arguments = try list(until: ")")
    let end = tokens[max(position - 1, 0)].range.upperBound
    switch word {
    case "has":
      guard let operand = arguments.first, arguments.count == 1, case .field = operand.content else {
        throw ExpressionFault(
          "`has` takes one field", range.lowerBound..<end,
          help: "write `has(spec.expires)`, with a point before the name")
      }
      return try node(.has(operand), range.lowerBound..<end)
    case "size":
      guard arguments.count == 1 else { throw wrongCount(word, 1, range) }
      return try node(.call(.size, arguments), range.lowerBound..<end)
    default:
      if Expression.Macro(rawValue: word) != nil || Expression.Function(rawValue: word) != nil {
        throw ExpressionFault(
          "`\(word)` comes after a value and a point", range, help: "write `VALUE.\(word)(…)`")
      }
      throw unknown(word, range)
    }
  }

  private mutating func list(until end: String) throws(ExpressionFault) -> [Expression] {
    var elements: [Expression] = []
    if take(end) { return elements }
    repeat {
      // As in CEL, a list may end with a comma.
      if end == "]", !elements.isEmpty, take(end) { return elements }
      elements.append(try conditional())
    } while take(",")
    try require(end, "or `,`")
    return elements
  }

  // MARK: - Reports

  private static let functions =
    ["has"] + Expression.Function.allCases.map(\.rawValue) + Expression.Macro.allCases.map(\.rawValue)

  private func unknown(_ word: String, _ range: Range<Int>) -> ExpressionFault {
    let nearest = Spelling.nearest(to: word, among: Self.functions)
    return ExpressionFault(
      "`\(word)` is not a function", range,
      help: nearest.map { "did you mean `\($0)`?" }
        ?? "the functions are \(Self.functions.map { "`\($0)`" }.joined(separator: ", "))",
      replacement: nearest)
  }

  private func wrongCount(_ word: String, _ count: Int, _ range: Range<Int>) -> ExpressionFault {
    ExpressionFault("`\(word)` takes \(count == 0 ? "no arguments" : "one argument")", range)
  }

  /// Words that cannot be names, from CEL's grammar.
  static let reserved: Set<String> = [
    "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let",
    "loop", "package", "namespace", "return", "var", "void", "while",
  ]
}
