import ConfigModel
import Diagnostics

/// A custom role must not have a built-in role's name, nor, inside an organization, permissions that reach beyond it.
enum CustomRoles: PlatformRule {
  static func check(_ unit: PlatformUnit, _ context: RuleContext, _ report: inout Report) {
    for role in unit.roles {
      if BuiltInRole(rawValue: role.name) != nil {
        report.add(
          .builtInRoleRedefined, "`\(role.name)` is a built-in role and cannot be declared again",
          at: role.place(.name), help: "choose another name")
      }
      guard role.spec.scope == .organization else { continue }
      for (index, permission) in role.spec.permissions.enumerated() where !permission.isAllowedInOrganizations {
        report.add(
          .permissionOfWrongScope,
          "`\(permission.rawValue)` applies beyond one organization, but `\(role.name)` is an organization role",
          at: role.place(["spec", "permissions", .index(index)]),
          related: [role.place(["spec", "scope"], "its scope")], help: "remove the permission, or write `scope: global`"
        )
      }
    }
  }
}
