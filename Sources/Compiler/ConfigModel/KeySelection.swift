/// The keys that a relay admits: those named, and those whose labels match.
package struct KeySelection: Sendable, Equatable {
  /// Names of keys.
  package var names: [String] = []
  /// Selector of further keys; nil if there are only the named ones.
  package var selector: KeySelector?

  package init() {}
}
