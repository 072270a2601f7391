package import ConfigModel

/// Something of the snapshot that became another, for pages to fetch again.
package struct StatusChange: Sendable, Hashable {
  /// What a page shows, and asks for again.
  package enum Topic: String, CaseIterable, Sendable {
    case me, kpi, orgs, users, roles, keys, relays, topology, alerts, audit, sync

    /// What it takes to see it: that of the resource which shows it.
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

  /// Whose it is.
  package enum Owner: Sendable, Hashable {
    case organization(String)
    /// The platform's own: only those see it who see every organization.
    case platform
    /// Everybody's who has the permission somewhere.
    case everybody
  }

  package let topic: Topic
  package let owner: Owner
  /// What changed; nil where it is the whole.
  package let item: String?
  /// What it takes besides to see the difference.
  package let needs: Permission?

  package init(_ topic: Topic, _ owner: Owner, item: String? = nil, needs: Permission? = nil) {
    self.topic = topic
    self.owner = owner
    self.item = item
    self.needs = needs
  }

  /// Whether somebody of a scope sees it.
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
