extension StringProtocol {
  /// The parts between occurrences of an ASCII scalar, whatever follows it: `split(separator:)` passes over a separator
  /// that a combining mark stands behind, because the two are one character.
  package func separated(
    at separator: Unicode.Scalar, maxSplits: Int = .max, omittingEmptySubsequences: Bool = true
  ) -> [SubSequence] {
    unicodeScalars.split(
      separator: separator, maxSplits: maxSplits, omittingEmptySubsequences: omittingEmptySubsequences
    ).map { self[$0.startIndex..<$0.endIndex] }
  }
}
