/// A word, literal or sign of an expression.
struct ExpressionToken: Sendable {
  /// Content of a token.
  enum Content: Sendable, Equatable {
    case word(String)
    case integer(Int)
    case number(Double)
    /// A text, and whether its characters are written without escapes.
    case text(String, isVerbatim: Bool)
    /// An operator, a bracket, a comma, a point, `?` or `:`.
    case sign(String)
    /// The end of the expression.
    case end
  }

  let content: Content
  /// Range in the expression's text, in bytes.
  let range: Range<Int>
}
