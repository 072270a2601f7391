package import ConfigCompiler
package import ConfigModel

/// Permissions of a viewer without the identity. Viewers with the same scope receive the same bytes.
///
/// All decisions are left to `Rights`.
package struct Scope: Sendable, Hashable {
  private let rights: Rights

  /// Creates the scope of a user's rights.
  package init(_ rights: Rights) {
    self.rights = Rights(
      user: UserID(org: rights.user.org, name: ""), everywhere: rights.everywhere,
      inOrganization: rights.inOrganization)
  }

  /// Returns whether the permission holds in an organization; nil means the platform as a whole.
  package func allows(_ permission: Permission, in org: String?) -> Bool { rights.allow(permission, in: org) }

  /// Returns where the permission holds.
  package func reach(of permission: Permission) -> Reach {
    if rights.allow(permission, in: nil) { return .everywhere }
    guard let org = rights.user.org, rights.allow(permission, in: org) else { return .nowhere }
    return .organization(org)
  }

  /// Returns whether the permission holds in any organization.
  package func allowsSomewhere(_ permission: Permission) -> Bool { reach(of: permission) != .nowhere }

  /// Extent of a permission.
  package enum Reach: Sendable, Hashable {
    /// In no organization.
    case nowhere
    /// In this organization only.
    case organization(String)
    /// In every organization, and for the platform itself.
    case everywhere

    /// Returns whether the extent includes an organization; nil means the platform.
    package func contains(_ org: String?) -> Bool {
      switch self {
      case .nowhere: false
      case .organization(let own): own == org
      case .everywhere: true
      }
    }
  }
}

/// A snapshot as seen within a scope.
package struct VisibleSnapshot: Sendable {
  /// Permissions of the viewer.
  package let scope: Scope
  /// Snapshot viewed.
  package let snapshot: StatusSnapshot
  /// Owner of the value being shown; nil for the platform.
  let org: String?

  /// Creates the view of a snapshot.
  package init(_ scope: Scope, _ snapshot: StatusSnapshot) { self.init(scope, snapshot, org: nil) }

  private init(_ scope: Scope, _ snapshot: StatusSnapshot, org: String?) {
    self.scope = scope
    self.snapshot = snapshot
    self.org = org
  }

  /// For values shared by several organizations: a viewer of one organization sees them as its own.
  var atHome: VisibleSnapshot {
    guard case .organization(let org) = scope.reach(of: .relaysRead) else { return self }
    return within(org)
  }

  /// Returns the same view, for values owned by an organization.
  func within(_ org: String) -> VisibleSnapshot { VisibleSnapshot(scope, snapshot, org: org) }

  /// Returns whether the permission holds in an organization; nil means the platform.
  func allows(_ permission: Permission, in org: String?) -> Bool { scope.allows(permission, in: org) }
}
