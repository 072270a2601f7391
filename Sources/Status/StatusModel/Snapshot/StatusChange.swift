package import ConfigModel

/// A change of the snapshot, upon which pages fetch the affected data again.
package struct StatusChange: Sendable, Hashable {
  /// Data that pages show and fetch.
  package enum Topic: String, CaseIterable, Sendable {
    case me, kpi, orgs, users, roles, keys, relays, topology, alerts, audit, sync

    /// Permissions required to see the data: those of its resource.
    package var permissions: [Permission] {
      switch self {
      case .me: StatusResource.me.access.permissions
      case .kpi: StatusResource.kpi.access.permissions
      case .orgs: StatusResource.organizations.access.permissions
      case .users: StatusResource.users.access.permissions
      case .roles: StatusResource.roles.access.permissions
      case .keys: StatusResource.keys.access.permissions
      case .relays: StatusResource.relays.access.permissions
      case .topology: StatusResource.topology.access.permissions
      case .alerts: StatusResource.alerts.access.permissions
      case .audit: StatusResource.auditRecords.access.permissions
      case .sync: StatusResource.sync.access.permissions
      }
    }
  }

  /// Owner of the changed data.
  package enum Owner: Sendable, Hashable {
    /// Data of one organization.
    case organization(String)
    /// Data of the platform, visible only to viewers of every organization.
    case platform
    /// Data visible to every viewer who has the permission in some organization.
    case everybody
  }

  /// Data that changed.
  package let topic: Topic
  /// Owner of the data.
  package let owner: Owner
  /// Item that changed; nil for the whole.
  package let item: String?
  /// Additional permission required to see the difference; nil if there is none.
  package let needs: Permission?

  /// Creates a change.
  package init(_ topic: Topic, _ owner: Owner, item: String? = nil, needs: Permission? = nil) {
    self.topic = topic
    self.owner = owner
    self.item = item
    self.needs = needs
  }

  /// Returns whether the change is visible within a scope.
  package func isSeen(by scope: Scope) -> Bool {
    (topic.permissions + (needs.map { [$0] } ?? [])).allSatisfy { permission in
      switch owner {
      case .organization(let org): scope.allows(permission, in: org)
      case .platform: scope.allows(permission, in: nil)
      case .everybody: scope.allowsSomewhere(permission)
      }
    }
  }
}
