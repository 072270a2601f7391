/// The keys that may use a relay, and who of them may speak with whom.
package struct KeySet: Sendable, Equatable {
  /// The keys.
  package var keys: [AllowedKey]
  /// Access matrices of groups by their names. In all other groups, everybody may speak with everybody.
  package var access: [String: AccessMatrix]

  package init(keys: [AllowedKey] = [], access: [String: AccessMatrix] = [:]) {
    self.keys = keys
    self.access = access
  }
}
