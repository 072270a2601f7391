import FleetMonitoring

/// Failure of a measurement, or of its preparation.
package struct NetworkMeasurementError: Error, Sendable, CustomStringConvertible {
  /// Kind of failure.
  package enum Kind: Sendable, Equatable {
    /// The caller is not allowed, or the target did not answer.
    case refused
    /// An option or setting is missing or invalid.
    case usage
    /// The relay cannot be asked, or the audit log cannot be written.
    case failed
  }

  /// Reason of a refusal, as far as a server's answer depends on it.
  enum Reason: Sendable, Equatable {
    /// The caller is unknown, or not accepted from this address.
    case caller
    /// The relay does not exist, or is out of the caller's sight.
    case relay
    /// The caller lacks the permission.
    case permission
    case other
  }

  /// Kind of failure.
  package let kind: Kind
  /// Reason of a refusal.
  let reason: Reason
  /// A sentence for the user.
  package let description: String

  init(_ kind: Kind, for reason: Reason = .other, _ description: String) {
    self.kind = kind
    self.reason = reason
    self.description = description
  }

  /// Failure for a relay that is declared as stopped.
  static func stopped(_ relay: RelayID) -> NetworkMeasurementError {
    NetworkMeasurementError(.refused, "relay `\(relay)` is stopped: `wpex relay start \(relay)` starts it")
  }
}
