/// A mistake in an expression.
package struct ExpressionFault: Error, Sendable, Equatable {
  /// Description of the mistake, as a phrase in lower case without a final full stop.
  package let message: String
  /// Place of the mistake in the expression's text, in bytes of UTF-8.
  package let range: Range<Int>
  /// Instruction for correcting it; nil if the message is enough.
  package let help: String?
  /// Text that was probably meant at `range`; nil if that is not known.
  package let replacement: String?

  init(_ message: String, _ range: Range<Int>, help: String? = nil, replacement: String? = nil) {
    self.message = message
    self.range = range
    self.help = help
    self.replacement = replacement
  }
}
