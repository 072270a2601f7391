package import ConfigModel

/// A user's permissions according to one compilation.
///
/// Roles become permissions only here, for pull requests, the daemon and the status API. Only active users have
/// permissions; users of an organization only if it is active too.
package struct Rights: Sendable, Hashable {
  /// The user.
  package let user: UserID
  /// Permissions from global roles, for every organization and the platform.
  package let everywhere: Set<Permission>
  /// Permissions from the organization's roles, inside it.
  package let inOrganization: Set<Permission>

  package init(user: UserID, everywhere: Set<Permission> = [], inOrganization: Set<Permission> = []) {
    self.user = user
    self.everywhere = everywhere
    self.inOrganization = inOrganization
  }

  /// Returns whether the user has a permission in an organization, or, if `org` is nil, for the platform as a whole.
  package func allow(_ permission: Permission, in org: String?) -> Bool {
    if everywhere.contains(permission) { return true }
    guard let org, org == user.org else { return false }
    return inOrganization.contains(permission)
  }
}

extension Compilation {
  /// Returns the declaration of a user, whatever its status; nil if there is none.
  package func user(_ id: UserID) -> Declared<UserSpec>? {
    guard let org = id.org else { return platform.users.first { $0.name == id.name } }
    return unit(named: org)?.users.first { $0.name == id.name }
  }

  /// Returns whether a user is active, and so is the user's organization.
  package func isActive(_ id: UserID) -> Bool {
    guard user(id)?.spec.status == .active else { return false }
    return id.org.map { unit(named: $0)?.organization?.spec.status == .active } ?? true
  }

  /// Returns a user's permissions. Roles of the wrong scope, which the compiler reports, grant nothing.
  package func rights(of id: UserID) -> Rights {
    guard isActive(id), let user = user(id) else { return Rights(user: id) }
    let scope: RoleScope = id.org == nil ? .global : .organization
    let roles = user.spec.roles.compactMap { platform.role($0) }.filter { $0.scope == scope }
    let permissions = Set(roles.flatMap(\.permissions))
    return id.org == nil
      ? Rights(user: id, everywhere: permissions) : Rights(user: id, inOrganization: permissions)
  }
}
