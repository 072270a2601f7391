import TestSupport

@testable import RuleLanguage

/// Random expressions, which need not have a meaning.
struct GeneratedExpressions {
  var random: SeededGenerator

  init(seed: Int) { random = SeededGenerator(UInt64(seed)) }

  private func expression(_ content: Expression.Content) -> Expression { Expression(content, 0..<0) }

  mutating func next(_ depth: Int = 4) -> Expression {
    guard depth > 0 else { return literal() }
    let smaller = { (generator: inout GeneratedExpressions) in generator.next(depth - 1) }
    switch Int.random(in: 0..<12, using: &random) {
    case 0: return expression(.field(smaller(&self), name()))
    case 1: return expression(.index(smaller(&self), smaller(&self)))
    case 2: return expression(.has(expression(.field(smaller(&self), name()))))
    case 3: return expression(.not(smaller(&self)))
    case 4, 5, 6:
      let operation = Expression.Operator.allCases.randomElement(using: &random) ?? .equal
      return expression(.binary(operation, smaller(&self), smaller(&self)))
    case 7: return expression(.conditional(smaller(&self), smaller(&self), smaller(&self)))
    case 8:
      let function = Expression.Function.allCases.randomElement(using: &random) ?? .size
      return expression(.call(function, [smaller(&self)] + (function == .size ? [] : [smaller(&self)])))
    case 9:
      let macro = Expression.Macro.allCases.randomElement(using: &random) ?? .all
      return expression(.macro(macro, smaller(&self), name(), next(0)))
    case 10:
      return expression(.list((0..<Int.random(in: 0..<3, using: &random)).map { _ in next(depth - 1) }))
    default: return literal()
    }
  }

  private mutating func literal() -> Expression {
    switch Int.random(in: 0..<7, using: &random) {
    case 0: expression(.null)
    case 1: expression(.bool(Bool.random(using: &random)))
    case 2: expression(.integer(Int.random(in: -9...99, using: &random)))
    case 3: expression(.number(Double.random(in: -9...9, using: &random)))
    case 4: expression(.text(["", "a", "é\"\\", "line\nline", "'"].randomElement(using: &random) ?? ""))
    default: expression(.name(name()))
    }
  }

  private mutating func name() -> String {
    ["spec", "metadata", "x", "labels", "a_1"].randomElement(using: &random) ?? "x"
  }
}
