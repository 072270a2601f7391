import ConfigModel
import Diagnostics

/// Enough admins must be active to repair what one of them breaks.
enum MinimumAdmins: PlatformRule {
  static func check(_ unit: PlatformUnit, _ context: RuleContext, _ report: inout Report) {
    guard let platform = unit.platform, !unit.incompleteKinds.contains(.user) else { return }
    let admins = unit.users.filter { $0.spec.status == .active && $0.spec.roles.contains(BuiltInRole.admin.rawValue) }
    let wanted = platform.spec.policy.minimumAdmins
    guard admins.count < wanted else { return }
    report.add(
      .tooFewAdmins,
      "there \(admins.count == 1 ? "is" : "are") \(admins.count) active admin\(admins.count == 1 ? "" : "s"), "
        + "but the policy requires \(wanted)",
      at: platform.place(["spec", "policy", "minimumAdmins"]),
      related: unit.users.filter { $0.spec.status != .active && $0.spec.roles.contains(BuiltInRole.admin.rawValue) }
        .map { $0.place(["spec", "status"], "an admin who is not active") },
      help: "declare a user under users/ with `roles: [admin]` and `status: active`")
  }
}
