import ConfigModel
import ConfigSchema

/// Whether a user may run diagnostics from a relay. Denied by default.
package enum MeasurementRight: Sendable, Equatable {
  /// The user has the permission.
  case granted
  /// The relay does not exist or is not visible to the user; the two cases are indistinguishable.
  ///
  /// `meant` is a visible relay with a similar name.
  case unknownRelay(meant: String?)
  /// The relay is visible, but the user lacks the permission.
  case lacksPermission
}

extension Compilation {
  /// Returns whether a relay is declared.
  package func hasRelay(_ org: String, _ relay: String) -> Bool {
    unit(named: org)?.relays.contains { $0.name == relay } ?? false
  }

  /// Returns whether a user may run diagnostics from a relay, which requires `diagnostics:run` in its organization.
  package func measurementRight(of rights: Rights, at org: String, _ relay: String) -> MeasurementRight {
    func sees(_ org: String) -> Bool { rights.allow(.relaysRead, in: org) || rights.allow(.diagnosticsRun, in: org) }
    guard sees(org), hasRelay(org, relay) else {
      let seen = units.filter { sees($0.name) }.flatMap { unit in unit.relays.map { "\(unit.name)/\($0.name)" } }
      return .unknownRelay(meant: Spelling.nearest(to: "\(org)/\(relay)", among: seen))
    }
    return rights.allow(.diagnosticsRun, in: org) ? .granted : .lacksPermission
  }
}
