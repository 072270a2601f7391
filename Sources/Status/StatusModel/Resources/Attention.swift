import ConfigModel
package import FleetMonitoring

/// What somebody looks at, so that more is found out about it than about everything else.
package struct Attention: Sendable, Equatable {
  /// Whose figures of the last day are shown.
  package let history: HistorySubject

  /// The relay that is shown, whose log is read.
  package var relay: RelayID? {
    guard case .relay(let relay) = history else { return nil }
    return relay
  }

  /// - Parameters:
  ///   - variables: those of the path; the answer was made already, so that what they name may be seen.
  /// - Returns: Nil where it is nothing in particular.
  package init?(_ resource: StatusResource, _ variables: [String: String], _ scope: Scope) {
    switch resource.name {
    case StatusResource.kpi.name:
      switch scope.reach(of: .metricsRead) {
      case .nowhere: return nil
      case .organization(let org): history = .organization(org)
      case .everywhere: history = .platform
      }
    case StatusResource.organization.name:
      guard let org = variables["org"] else { return nil }
      history = .organization(org)
    case StatusResource.relay.name:
      guard let org = variables["org"], let name = variables["name"] else { return nil }
      history = .relay(RelayID(org: org, name: name))
    default: return nil
    }
  }
}
