/// A parsed pattern of `matches`.
indirect enum PatternNode: Sendable {
  case empty
  case set(ScalarSet)
  case sequence([PatternNode])
  case choice([PatternNode])
  /// Repetitions of a pattern; `most` is nil if the pattern may repeat forever.
  case repeated(PatternNode, least: Int, most: Int?)
  /// The beginning of the text.
  case start
  /// The end of the text.
  case end
}
