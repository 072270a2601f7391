/// A parsed expression of a rule, in the subset of CEL that docs/language.md describes.
package struct Expression: Sendable {
  /// Content of an expression.
  package indirect enum Content: Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case list([Expression])
    /// A document's part (`metadata`, `spec`, `old`) or the variable of a macro.
    case name(String)
    /// `operand.name`.
    case field(Expression, String)
    /// `operand[index]`.
    case index(Expression, Expression)
    /// `has(operand.name)`; the expression is a field.
    case has(Expression)
    case not(Expression)
    case binary(Operator, Expression, Expression)
    case conditional(Expression, Expression, Expression)
    /// A function with its receiver, if it is a method, as the first argument.
    case call(Function, [Expression])
    /// `range.macro(variable, body)`.
    case macro(Macro, Expression, String, Expression)
  }

  /// An operator with two operands.
  package enum Operator: String, Sendable, CaseIterable {
    case or = "||"
    case and = "&&"
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case isIn = "in"
  }

  /// A function.
  package enum Function: String, Sendable, CaseIterable {
    case size, startsWith, endsWith, contains, matches
  }

  /// A function that binds a variable to each element of a list, or to each name of a mapping.
  package enum Macro: String, Sendable, CaseIterable {
    case all, exists, filter
  }

  /// Content of the expression.
  package let content: Content
  /// Range of the expression in its text, in bytes of UTF-8.
  package let range: Range<Int>
  /// Range of the name of a field, in bytes; the same as `range` for everything else.
  package let nameRange: Range<Int>
  /// Whether a text literal contains what it was written as, so that offsets in it are offsets in the expression.
  package let isVerbatim: Bool

  init(_ content: Content, _ range: Range<Int>, nameRange: Range<Int>? = nil, isVerbatim: Bool = false) {
    self.content = content
    self.range = range
    self.nameRange = nameRange ?? range
    self.isVerbatim = isVerbatim
  }

  /// The expressions of which this one consists.
  package var operands: [Expression] {
    switch content {
    case .null, .bool, .integer, .number, .text, .name: []
    case .list(let elements), .call(_, let elements): elements
    case .field(let operand, _), .has(let operand), .not(let operand): [operand]
    case .index(let left, let right), .binary(_, let left, let right), .macro(_, let left, _, let right):
      [left, right]
    case .conditional(let condition, let then, let otherwise): [condition, then, otherwise]
    }
  }

  /// Whether the expression compares a document with the one before the change.
  package var mentionsOld: Bool {
    if case .name("old") = content { return true }
    return operands.contains(where: \.mentionsOld)
  }
}
