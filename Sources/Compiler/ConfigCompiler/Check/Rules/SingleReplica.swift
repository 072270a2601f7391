import ConfigModel
import Diagnostics

/// A relay whose pods form no cluster must have one pod: they do not know each other's peers, so tunnels between two of
/// them break.
enum SingleReplica: OrganizationRule {
  static func check(_ unit: OrganizationUnit, _ context: RuleContext, _ report: inout Report) {
    guard let platform = context.platform.platform else { return }
    for relay in unit.relays {
      // `SeveralRegions` reports relays of several regions.
      guard !relay.spec.isRegional, let replicas = relay.spec.replicas else { continue }
      check(
        replicas, at: relay.place(["spec", "replicas"], label), of: platform,
        "a relay without a cluster can have only one pod, but `replicas` is \(replicas)", &report)
    }
  }

  /// Label of the value.
  static let label = "peers on different pods cannot reach each other"

  /// Checks a number of pods.
  static func check(
    _ replicas: Int, at place: Place, of platform: Declared<PlatformSpec>, _ message: String, _ report: inout Report
  ) {
    guard replicas > 1, !platform.spec.relay.cluster else { return }
    report.add(
      .severalReplicas, message, at: place,
      related: [platform.place(["spec", "relay", "cluster"], "relays form no clusters")],
      notes: [
        "each pod knows only the peers whose packets reach it, so a tunnel between peers on different pods breaks"
      ],
      help: "set `replicas: 1`, or set the platform's `relay.cluster` to true if the images of all relays know "
        + "`wpex-relay --cluster`",
      fixes: [
        Diagnostic.Fix(
          "set `replicas` to 1", edits: [Diagnostic.Edit(report.location(place), "1")], isCertain: true)
      ])
  }
}
