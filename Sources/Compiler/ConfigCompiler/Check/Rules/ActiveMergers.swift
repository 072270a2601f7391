import ConfigModel
import Diagnostics

/// If the policy restricts merging to certain users, one of them must be able to merge.
enum ActiveMergers: PlatformRule {
  static func check(_ unit: PlatformUnit, _ context: RuleContext, _ report: inout Report) {
    guard let platform = unit.platform, !unit.incompleteKinds.contains(.user) else { return }
    let policy = platform.spec.policy
    guard policy.requireMerge, !policy.mergers.isEmpty else { return }
    let named = unit.users.filter { policy.mergers.contains($0.name) }
    guard !named.contains(where: { $0.spec.status == .active && !$0.spec.identities.sshKeys.isEmpty }) else { return }
    report.add(
      .noMerger, "no active user in `mergers` has an SSH key, so nothing could be merged",
      at: platform.place(["spec", "policy", "mergers"]),
      related: named.map { $0.place(["spec"], $0.spec.status == .active ? "has no SSH key" : "is not active") },
      help: "name an active global user with `identities.sshKeys`, or remove `mergers`")
  }
}
