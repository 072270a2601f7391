import ConfigModel
import Diagnostics

/// The regions of a relay reach each other at its cluster port, through which each region has one pod.
enum SeveralRegions: OrganizationRule {
  static func check(_ unit: OrganizationUnit, _ context: RuleContext, _ report: inout Report) {
    for relay in unit.relays {
      guard relay.spec.isRegional else {
        refuseClusterPort(of: relay, &report)
        continue
      }
      checkClusterPort(of: relay, &report)
      checkReplicas(of: relay, &report)
      if let platform = context.platform.platform { checkCluster(of: relay, platform, &report) }
    }
  }

  private static func refuseClusterPort(of relay: Declared<RelaySpec>, _ report: inout Report) {
    guard relay.spec.clusterPort != nil else { return }
    report.add(
      .severalRegions, "`clusterPort` is for relays of several regions, but `\(relay.name)` has one",
      at: relay.place(["spec", "clusterPort"]),
      help: "remove `clusterPort`, or name all regions in `regions`")
  }

  private static func checkClusterPort(of relay: Declared<RelaySpec>, _ report: inout Report) {
    guard let port = relay.spec.clusterPort else {
      report.add(
        .severalRegions, "a relay of several regions needs the field `clusterPort`",
        at: relay.place(["spec", "regions"], "these regions reach each other at `clusterPort`"),
        help: "add `clusterPort`: a UDP port that is free in every one of its regions")
      return
    }
    guard port == relay.spec.port || port == RelayObjects.httpPort else { return }
    report.add(
      .severalRegions,
      port == relay.spec.port
        ? "`clusterPort` is \(port), which is the port that peers send to"
        : "`clusterPort` is \(port), which is the port of the relay's statistics",
      at: relay.place(["spec", "clusterPort"]),
      related: port == relay.spec.port ? [relay.place(["spec", "port"], "peers send to this port")] : [],
      help: "choose another port that is free in every one of its regions")
  }

  private static func checkReplicas(of relay: Declared<RelaySpec>, _ report: inout Report) {
    guard let replicas = relay.spec.replicas, replicas > 1 else { return }
    let place = relay.place(["spec", "replicas"], "pods in each region")
    report.add(
      .severalRegions, "a relay of several regions has one pod in each, but `replicas` is \(replicas)", at: place,
      related: [relay.place(["spec", "regions"], "the regions")],
      notes: ["other regions reach a pod through the region's public host, which leads to any pod of the relay"],
      help: "remove `replicas`: the pods of all regions behave as one relay",
      fixes: [
        Diagnostic.Fix("set `replicas` to 1", edits: [Diagnostic.Edit(report.location(place), "1")], isCertain: true)
      ])
  }

  private static func checkCluster(
    of relay: Declared<RelaySpec>, _ platform: Declared<PlatformSpec>, _ report: inout Report
  ) {
    guard !platform.spec.relay.cluster else { return }
    report.add(
      .severalRegions,
      "a relay without a cluster can have only one region, but `\(relay.name)` has "
        + "\(relay.spec.regions.count)",
      at: relay.place(["spec", "regions"], "peers in different regions cannot reach each other"),
      related: [platform.place(["spec", "relay", "cluster"], "relays form no clusters")],
      help: "name one region in `region`, or set the platform's `relay.cluster` to true if the images of all relays "
        + "know `wpex-relay --cluster`")
  }
}
