import ConfigModel
import Diagnostics

/// The same for global users.
enum GlobalUserLabels: PlatformRule {
  static func check(_ unit: PlatformUnit, _ context: RuleContext, _ report: inout Report) {
    guard let platform = unit.platform else { return }
    RequiredLabels.check(unit.users, platform, &report)
  }
}
