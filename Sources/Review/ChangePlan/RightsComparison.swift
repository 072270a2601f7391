import ConfigCompiler
import ConfigModel

/// A comparison of every user's permissions.
enum RightsComparison {
  static func changes(in comparison: OrganizationComparison) -> [RightsChange] {
    let (base, head) = (comparison.base, comparison.head)
    var users = Set((base.platform.users + head.platform.users).map { UserID(org: nil, name: $0.name) })
    for pair in comparison.changed where !comparison.isUnknown(pair.name) {
      // Permissions depend on roles, users and the organization's status, not on its keys or relays.
      for user in (pair.base?.users ?? []) + (pair.head?.users ?? []) {
        users.insert(UserID(org: pair.name, name: user.name))
      }
    }
    return users.sorted().flatMap { user -> [RightsChange] in
      let (before, after) = (base.rights(of: user), head.rights(of: user))
      return [
        change(of: user, nil, before.everywhere, after.everywhere),
        change(of: user, user.org, before.inOrganization, after.inOrganization),
      ].compactMap(\.self)
    }
  }

  private static func change(
    of user: UserID, _ org: String?, _ before: Set<Permission>, _ after: Set<Permission>
  ) -> RightsChange? {
    guard before != after else { return nil }
    return RightsChange(
      user: user.description, org: org,
      gained: Permission.allCases.filter { after.contains($0) && !before.contains($0) },
      lost: Permission.allCases.filter { before.contains($0) && !after.contains($0) })
  }
}
