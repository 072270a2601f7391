import ConfigModel
import DeploymentPlanning

/// A key that a relay begins or ceases to admit. Keys are identified by fingerprints, never by key material.
package struct AccessChange: Sendable, Equatable {
  /// Kinds of change.
  package enum Operation: String, Sendable, CaseIterable {
    case gained, lost
    /// The key has the same name but different material.
    case replaced
  }

  /// The kind of change.
  package let operation: Operation
  /// The organization's name.
  package let org: String
  /// The key's name.
  package let key: String
  /// The relay's name.
  package let relay: String
  /// The old key's fingerprint; nil if the key gains access.
  package let oldFingerprint: String?
  /// The new key's fingerprint; nil if the key loses access.
  package let newFingerprint: String?
}
