import ConfigModel
import Diagnostics

/// The same for global users.
enum GlobalTokenExpiry: PlatformRule {
  static func check(_ unit: PlatformUnit, _ context: RuleContext, _ report: inout Report) {
    TokenExpiry.check(unit.users, context, &report)
  }
}
