/// Why a relay did not run a diagnostic.
package struct RelayDiagnosticError: Error, Sendable, CustomStringConvertible {
  /// Class of failure.
  package enum Kind: Sendable, Equatable {
    /// The relay does not answer.
    case unreachable
    /// The relay does not accept the token, or has none configured.
    case unauthorized
    /// The relay does not permit this target.
    case refused
    /// The relay is already running as many diagnostics as it permits.
    case busy
    /// The response is not understood.
    case strange
  }

  /// Class of failure.
  package let kind: Kind
  /// Description for people.
  package let description: String

  /// Creates a failure.
  package init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
