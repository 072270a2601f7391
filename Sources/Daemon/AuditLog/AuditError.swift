/// Failure of an audit store.
package struct AuditError: Error, Sendable, CustomStringConvertible {
  /// Kind of failure.
  package enum Kind: Sendable, Equatable {
    /// The store cannot be reached now; retrying later may help.
    case unavailable
    /// The store refuses: wrong schema, missing permission, invalid argument.
    case invalid
    /// The log is not the one seen earlier: it was rolled back, emptied, replaced or removed.
    case changed
  }

  /// Kind of failure.
  package let kind: Kind
  /// Text for the operator.
  package let description: String

  /// Creates a failure.
  package init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
