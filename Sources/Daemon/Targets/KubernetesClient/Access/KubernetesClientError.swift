import FoundationEssentials

/// Failure of a request to the API server, or of its preparation.
package struct KubernetesClientError: Error, Sendable, CustomStringConvertible {
  /// Kind of failure.
  package enum Kind: Sendable, Equatable {
    /// The kubeconfig or the request is invalid.
    case invalid
    /// The server is unreachable or overloaded; retrying later may help.
    case unavailable
    /// The server answered with this final status.
    case status(UInt)
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
