/// Reason why the relay did not start or a reload was rejected.
package struct RelayServerError: Error, Sendable, CustomStringConvertible {
  /// Kind of failure, which determines the exit code.
  package enum Kind: Sendable, Equatable {
    /// The command line is wrong.
    case usage
    /// A file or flag has an invalid value.
    case invalid
    /// Files do not match their declaration, as while they are being replaced.
    case changing
    /// The operating system refused.
    case system
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
