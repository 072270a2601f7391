/// Failure of a status server to start.
package struct StatusServiceError: Error, Sendable, CustomStringConvertible {
  /// Kind of failure.
  package enum Kind: Sendable {
    /// A file is not acceptable.
    case refused
    /// A setting is missing or invalid.
    case usage
    /// Something cannot be read or written, or the address cannot be used.
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
