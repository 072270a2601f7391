import DeploymentPlanning
package import ConfigModel

/// A document whose meaning changed.
package struct DeclaredChange: Sendable, Equatable {
  /// Kinds of change.
  package enum Operation: String, Sendable, CaseIterable { case added, changed, removed }

  /// A value that differs, in a form that is safe to show: key material is replaced by a fingerprint.
  package struct Field: Sendable, Equatable {
    /// The field's path, such as `spec.keys.names`.
    package let path: String
    /// The old value; nil if it was not set.
    package let old: String?
    /// The new value; nil if it is not set.
    package let new: String?
  }

  /// The document's kind.
  package let kind: Kind
  /// The organization; nil outside organizations.
  package let org: String?
  /// The document's name.
  package let name: String
  /// The kind of change.
  package let operation: Operation
  /// The document's file in the head, or in the base if it was removed.
  package let path: String
  /// The document's first line, from 1.
  package let line: Int
  /// The fields that differ.
  package let fields: [Field]
}
