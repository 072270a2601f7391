/// A rule of a relay's `access`: the keys of one side may speak with those of the other.
package struct AccessRule: Sendable, Equatable {
  /// The two sides.
  package var between: [AccessSide] = []

  package init() {}
}

/// One side of an access rule: keys by name, keys by labels, or everybody.
package struct AccessSide: Sendable, Equatable {
  /// Names of keys.
  package var names: [String] = []
  /// Labels that further keys must carry, all of them; nil if only the named ones count.
  package var matchLabels: [String: String]?

  package init() {}

  /// Whether the side is everybody.
  package var isEverybody: Bool { names.isEmpty && matchLabels == nil }

  /// Returns whether the side's labels choose a key with these labels.
  package func matches(_ labels: [String: String]) -> Bool {
    guard let matchLabels else { return false }
    return KeySelector(matchLabels).matches(labels)
  }
}
