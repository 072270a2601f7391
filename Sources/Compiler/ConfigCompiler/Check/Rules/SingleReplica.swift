import ConfigModel
import Diagnostics

/// A relay must have one pod: pods do not know each other's peers, so tunnels between two of them break.
enum SingleReplica: OrganizationRule {
  static func check(_ unit: OrganizationUnit, _ context: RuleContext, _ report: inout Report) {
    for relay in unit.relays {
      guard let replicas = relay.spec.replicas else { continue }
      check(
        replicas, at: relay.place(["spec", "replicas"], label),
        "a relay can have only one pod, but `replicas` is \(replicas)",
        &report)
    }
  }

  /// Label of the value.
  static let label = "peers on different pods cannot reach each other"

  static func check(_ replicas: Int, at place: Place, _ message: String, _ report: inout Report) {
    guard replicas > 1 else { return }
    report.add(
      .severalReplicas, message, at: place,
      notes: [
        "each pod knows only the peers whose packets reach it, so a tunnel between peers on different pods breaks"
      ],
      help: "set `replicas: 1`; for more throughput, raise `cpu` in `resources`, or give peers that need not reach the "
        + "others a relay of their own",
      fixes: [
        Diagnostic.Fix(
          "set `replicas` to 1", edits: [Diagnostic.Edit(report.location(place), "1")], isCertain: true)
      ])
  }
}
