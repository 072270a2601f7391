/// A mistake in a pattern.
package struct PatternFault: Error, Sendable, Equatable {
  /// Description of the mistake, as a phrase.
  package let message: String
  /// Place of the mistake in the pattern, in bytes of UTF-8.
  package let range: Range<Int>
}
