/// Limits of expressions. They bound the cost of reading and evaluating a rule before any document is known.
package enum ExpressionLimits {
  /// Maximum length of an expression, in bytes.
  package static let maxBytes = 4_096
  /// Maximum number of levels in which expressions are nested.
  package static let maxDepth = 32
  /// Maximum number of literals, names, operators and calls in an expression.
  package static let maxNodes = 1_000
  /// Maximum number of macros inside each other.
  package static let maxMacroDepth = 3
  /// Maximum number of steps of one evaluation: a step is an operation, or 16 bytes of text that it looks at.
  package static let maxSteps = 100_000
}
