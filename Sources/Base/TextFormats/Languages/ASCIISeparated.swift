extension StringProtocol {
  /// Returns the parts between occurrences of an ASCII scalar, whatever follows it.
  ///
  /// `split(separator:)` misses a separator that is followed by a combining mark, because the two form one character.
  package func separated(
    at separator: Unicode.Scalar, maxSplits: Int = .max, omittingEmptySubsequences: Bool = true
  ) -> [SubSequence] {
    unicodeScalars.split(
      separator: separator, maxSplits: maxSplits, omittingEmptySubsequences: omittingEmptySubsequences
    ).map { self[$0.startIndex..<$0.endIndex] }
  }
}
