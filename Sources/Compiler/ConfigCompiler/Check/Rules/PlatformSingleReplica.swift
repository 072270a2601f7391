import ConfigModel
import Diagnostics

/// The same for the default of all relays.
enum PlatformSingleReplica: PlatformRule {
  static func check(_ unit: PlatformUnit, _ context: RuleContext, _ report: inout Report) {
    guard let platform = unit.platform else { return }
    let replicas = platform.spec.defaults.replicas
    SingleReplica.check(
      replicas, at: platform.place(["spec", "defaults", "replicas"], SingleReplica.label), of: platform,
      "a relay without a cluster can have only one pod, but the default of `replicas` is \(replicas)", &report)
  }
}
