import ConfigModel
import ConfigSchema

/// Whether somebody may have a relay measure. Nobody may who was not given the permission.
package enum MeasurementRight: Sendable, Equatable {
  case granted
  /// There is no such relay, or none that may be seen: both are told alike. `meant` is one that may be, of a similar name.
  case unknownRelay(meant: String?)
  /// The relay may be seen, and nothing more.
  case lacksPermission
}

extension Compilation {
  /// Whether a relay is declared.
  package func hasRelay(_ org: String, _ relay: String) -> Bool {
    unit(named: org)?.relays.contains { $0.name == relay } ?? false
  }

  /// Judges whether a relay may be asked to measure, by `diagnostics:run` in its organization.
  package func measurementRight(of rights: Rights, at org: String, _ relay: String) -> MeasurementRight {
    func sees(_ org: String) -> Bool { rights.allow(.relaysRead, in: org) || rights.allow(.diagnosticsRun, in: org) }
    guard sees(org), hasRelay(org, relay) else {
      let seen = units.filter { sees($0.name) }.flatMap { unit in unit.relays.map { "\(unit.name)/\($0.name)" } }
      return .unknownRelay(meant: Spelling.nearest(to: "\(org)/\(relay)", among: seen))
    }
    return rights.allow(.diagnosticsRun, in: org) ? .granted : .lacksPermission
  }
}
