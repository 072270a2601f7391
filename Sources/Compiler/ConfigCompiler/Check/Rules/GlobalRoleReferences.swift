import ConfigModel
import ConfigSchema
import Diagnostics

/// The same for global users, whose roles must be global.
enum GlobalRoleReferences: PlatformRule {
  static func check(_ unit: PlatformUnit, _ context: RuleContext, _ report: inout Report) {
    for user in unit.users { RoleReferences.checkRoles(of: user, scope: .global, unit, &report) }
  }
}
