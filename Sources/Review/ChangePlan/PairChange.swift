/// Pairs of keys that a relay's access rules let speak with each other, or no longer do. Both keys stay on the relay.
package struct PairChange: Sendable, Equatable {
  /// Kinds of change.
  package enum Operation: String, Sendable, CaseIterable { case gained, lost }

  /// Most pairs that are named.
  package static let maxNamed = 20

  /// The kind of change.
  package let operation: Operation
  /// The organization's name.
  package let org: String
  /// The relay's name.
  package let relay: String
  /// Number of pairs.
  package let count: Int
  /// The first pairs by name, at most `maxNamed`.
  package let pairs: [[String]]
}
