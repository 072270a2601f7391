/// Why a relay did not measure.
package struct DiagnosticFailure: Error, Sendable, CustomStringConvertible {
  package enum Kind: Sendable, Equatable {
    /// It does not answer.
    case unreachable
    /// It does not accept our token, or has none.
    case unauthorized
    /// It measures nothing at this target.
    case refused
    /// Its few measurements at a time are under way.
    case busy
    /// It answers something that we do not understand.
    case strange
  }

  package let kind: Kind
  package let description: String

  package init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
