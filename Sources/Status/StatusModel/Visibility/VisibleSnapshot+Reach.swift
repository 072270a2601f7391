import ConfigModel
import FleetMonitoring

/// Visible parts of a snapshot. This is the only way from a snapshot to the lists.
extension VisibleSnapshot {
  /// Returns the organizations in which the permission holds.
  func organizations(_ permission: Permission) -> ArraySlice<DeclaredOrganization> {
    guard let model = snapshot.model else { return [] }
    switch scope.reach(of: permission) {
    case .nowhere: return []
    case .organization(let org): return model.organization(named: org).map { [$0] } ?? []
    case .everywhere: return model.organizations[...]
    }
  }

  /// Returns the relays of organizations in which the permission holds.
  func relays(_ permission: Permission) -> ArraySlice<RelayRow> {
    guard let model = snapshot.model else { return [] }
    switch scope.reach(of: permission) {
    case .nowhere: return []
    case .organization(let org): return snapshot.relays[model.relayRange(org)]
    case .everywhere: return snapshot.relays[...]
    }
  }

  /// Returns the keys of organizations in which the permission holds.
  func keys(_ permission: Permission) -> ArraySlice<DeclaredKey> {
    guard let model = snapshot.model else { return [] }
    switch scope.reach(of: permission) {
    case .nowhere: return []
    case .organization(let org): return model.keys[model.keyRange(org)]
    case .everywhere: return model.keys[...]
    }
  }

  /// Returns the users of organizations in which the permission holds; global users only if it holds everywhere.
  func users(_ permission: Permission) -> ArraySlice<DeclaredUser> {
    guard let model = snapshot.model else { return [] }
    switch scope.reach(of: permission) {
    case .nowhere: return []
    case .organization(let org): return model.users[model.userRange(org)]
    case .everywhere: return model.users[...]
    }
  }

  /// Returns the alerts of organizations in which the permission holds; the platform's only if it holds everywhere.
  func alerts(_ permission: Permission) -> [Alert] {
    switch scope.reach(of: permission) {
    case .nowhere: []
    case .organization(let org): snapshot.fleet.alerts(of: org)
    case .everywhere: snapshot.fleet.alerts()
    }
  }

  /// Returns the commits that affect organizations in which the permission holds.
  func commits(_ permission: Permission) -> [CommitRecord] {
    switch scope.reach(of: permission) {
    case .nowhere: []
    case .organization(let org): snapshot.commits.filter { $0.organizations.contains(org) }
    case .everywhere: snapshot.commits
    }
  }

  /// Returns the diagnostics of organizations in which the permission holds; the platform's only if it holds
  /// everywhere.
  func diagnostics(_ permission: Permission) -> [DiagnosticView] {
    let reach = scope.reach(of: permission)
    return reach == .everywhere
      ? snapshot.diagnostics : snapshot.diagnostics.filter { reach.contains($0.org) && $0.org != nil }
  }

  // MARK: - Single things: nil alike where there is none, and where it may not be seen.

  /// Returns an organization; nil if it does not exist or is not visible.
  func organization(_ name: String, _ permission: Permission) -> DeclaredOrganization? {
    guard allows(permission, in: name) else { return nil }
    return snapshot.model?.organization(named: name)
  }

  /// Returns a relay; nil if it does not exist or is not visible.
  func relay(_ org: String, _ name: String, _ permission: Permission) -> RelayRow? {
    guard allows(permission, in: org) else { return nil }
    return snapshot.relay(RelayID(org: org, name: name))
  }

  /// Returns a key; nil if it does not exist or is not visible.
  func key(_ org: String, _ name: String, _ permission: Permission) -> DeclaredKey? {
    guard allows(permission, in: org) else { return nil }
    return snapshot.key(org: org, name: name)
  }
}
