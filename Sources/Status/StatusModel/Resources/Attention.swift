import ConfigModel
package import FleetMonitoring

/// What a viewer has open, so that more detail is collected for it than for the rest of the fleet.
package struct Attention: Sendable, Equatable {
  /// Subject whose figures of the last day are shown.
  package let history: HistorySubject

  /// Relay that is open and whose log is read; nil if none is.
  package var relay: RelayID? {
    guard case .relay(let relay) = history else { return nil }
    return relay
  }

  /// Creates the attention that a request implies.
  ///
  /// - Parameters:
  ///   - resource: the resource requested.
  ///   - variables: variables of the path. The request was already answered, so the viewer may see what they name.
  ///   - scope: permissions of the viewer.
  /// - Returns: Nil if the request is about nothing in particular.
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
