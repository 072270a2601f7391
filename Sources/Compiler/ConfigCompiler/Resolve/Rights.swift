package import ConfigModel

/// Names a user: a global one, or one of an organization.
package struct UserID: Sendable, Hashable, Comparable {
  /// The organization whose folder declares the user; nil for a global one.
  package let org: String?
  package let name: String

  package init(org: String?, name: String) {
    self.org = org
    self.name = name
  }

  package static func < (left: UserID, right: UserID) -> Bool {
    (left.org ?? "", left.name) < (right.org ?? "", right.name)
  }
}

extension UserID: CustomStringConvertible {
  /// `anna`, or `acme/bert`.
  package var description: String { org.map { "\($0)/\(name)" } ?? name }
}

/// What a user may do, by the users and roles of one compilation: the one place where roles become permissions, for pull
/// requests, the daemon and the status API alike.
///
/// Nobody but an active user, of an active organization where it is an organization's, may do anything.
package struct Rights: Sendable, Hashable {
  package let user: UserID
  /// What global roles permit, for every organization and the platform.
  package let everywhere: Set<Permission>
  /// What the organization's roles permit inside it.
  package let inOrganization: Set<Permission>

  package init(user: UserID, everywhere: Set<Permission> = [], inOrganization: Set<Permission> = []) {
    self.user = user
    self.everywhere = everywhere
    self.inOrganization = inOrganization
  }

  /// Whether the user may do this in an organization; nil stands for the platform as a whole.
  package func allow(_ permission: Permission, in org: String?) -> Bool {
    if everywhere.contains(permission) { return true }
    guard let org, org == user.org else { return false }
    return inOrganization.contains(permission)
  }
}

extension Compilation {
  /// The declaration of a user, whatever its status; nil where there is none.
  package func user(_ id: UserID) -> Declared<UserSpec>? {
    guard let org = id.org else { return platform.users.first { $0.name == id.name } }
    return unit(named: org)?.users.first { $0.name == id.name }
  }

  /// Whether a user is active, and so is the organization that the user belongs to.
  package func isActive(_ id: UserID) -> Bool {
    guard user(id)?.spec.status == .active else { return false }
    return id.org.map { unit(named: $0)?.organization?.spec.status == .active } ?? true
  }

  /// What a user may do. A role of the wrong scope, which the compiler reports, permits nothing.
  package func rights(of id: UserID) -> Rights {
    guard isActive(id), let user = user(id) else { return Rights(user: id) }
    let scope: RoleScope = id.org == nil ? .global : .organization
    let roles = user.spec.roles.compactMap { platform.role($0) }.filter { $0.scope == scope }
    let permissions = Set(roles.flatMap(\.permissions))
    return id.org == nil
      ? Rights(user: id, everywhere: permissions) : Rights(user: id, inOrganization: permissions)
  }
}
