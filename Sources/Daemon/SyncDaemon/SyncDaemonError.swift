/// Failure of a daemon to start, or of one pass of `wpex sync run --once`.
package struct SyncDaemonError: Error, Sendable, CustomStringConvertible {
  /// Kind of failure.
  package enum Kind: Sendable {
    /// A file or the result is not acceptable.
    case refused
    /// A setting is missing or invalid.
    case usage
    /// Something cannot be read or written.
    case failed
  }

  /// Kind of failure.
  package let kind: Kind
  /// A sentence for the operator.
  package let description: String

  init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
