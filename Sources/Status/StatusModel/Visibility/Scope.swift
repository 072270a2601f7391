package import ConfigCompiler
package import ConfigModel

/// What a viewer may see, without who it is: viewers of one scope get the same bytes. It asks `Rights`, and decides nothing
/// by itself.
package struct Scope: Sendable, Hashable {
  private let rights: Rights

  package init(_ rights: Rights) {
    self.rights = Rights(
      user: UserID(org: rights.user.org, name: ""), everywhere: rights.everywhere,
      inOrganization: rights.inOrganization)
  }

  /// Whether something of an organization may be seen; nil stands for the platform as a whole.
  package func allows(_ permission: Permission, in org: String?) -> Bool { rights.allow(permission, in: org) }

  /// Where something may be seen.
  package func reach(of permission: Permission) -> Reach {
    if rights.allow(permission, in: nil) { return .everywhere }
    guard let org = rights.user.org, rights.allow(permission, in: org) else { return .nowhere }
    return .organization(org)
  }

  package func allowsSomewhere(_ permission: Permission) -> Bool { reach(of: permission) != .nowhere }

  package enum Reach: Sendable, Hashable {
    case nowhere
    case organization(String)
    case everywhere

    package func contains(_ org: String?) -> Bool {
      switch self {
      case .nowhere: false
      case .organization(let own): own == org
      case .everywhere: true
      }
    }
  }
}

/// What is looked at, and by which scope.
package struct Sight: Sendable {
  package let scope: Scope
  package let snapshot: StatusSnapshot
  /// Whose the value is that is being shown; nil for the platform's.
  let org: String?

  package init(_ scope: Scope, _ snapshot: StatusSnapshot) { self.init(scope, snapshot, org: nil) }

  private init(_ scope: Scope, _ snapshot: StatusSnapshot, org: String?) {
    self.scope = scope
    self.snapshot = snapshot
    self.org = org
  }

  /// The same for what several organizations have in common: as their own, to who sees one alone.
  var atHome: Sight {
    guard case .organization(let org) = scope.reach(of: .relaysRead) else { return self }
    return within(org)
  }

  /// The same where something of an organization is shown.
  func within(_ org: String) -> Sight { Sight(scope, snapshot, org: org) }

  func allows(_ permission: Permission, in org: String?) -> Bool { scope.allows(permission, in: org) }
}
