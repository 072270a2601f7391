import ConfigModel
import FleetMonitoring
import RelayWire
import TextFormats
import TestSupport
import Testing

@Suite struct FleetMetricsTests {
  private static var sample: Fleet {
    let day = CivilDate(unixSeconds: Int64(epoch)).advanced(byDays: 3)
    let paris = RelayID(org: "blue", name: "paris")
    var fleet = Fleet()
    fleet.expect(
      FleetExpectation(
        relays: [
          RelayExpectation(milan, regions: ["eu-south"], replicas: 3, keys: ["a", "b"], bandwidthMbps: 10),
          RelayExpectation(paris, regions: ["eu-west"], isRunning: false),
        ],
        organizations: [
          OrganizationExpectation("acme", slaTarget: 99.9, keys: [KeyExpectation("a", expires: day)]),
          OrganizationExpectation("blue"),
        ]), at: epoch)
    fleet.observe(running(at: 0, statistics(uptime: 1)))
    var last = running(
      at: 10,
      statistics(
        uptime: 11, initiated: 20, completed: 13, received: 1_000, forwarded: 1_000, sessions: 4, connected: ["a"]),
      restarts: 4)
    last.port = .silent
    var shared = statistics(uptime: 11)
    shared.cluster = RelayStatistics.Cluster(
      member: "b", ready: true, homes: 0, lost: 1,
      members: [
        RelayStatistics.Cluster.Member(
          member: "a", address: "10.0.0.1:7000", state: "alive", roundTripMilliseconds: 1, agrees: true, homes: 1)
      ])
    last.instances.append(RelayInstance("pod-2", answer: .statistics(shared)))
    fleet.observe(last)
    fleet.observe(RelayObservation(paris, time: epoch, phase: .stopped))
    fleet.observe(
      SyncObservation(
        failure: "no \"route\"", held: ["eu-south": 2], errors: ["blue": 1], drifted: ["acme": 3],
        inForce: [
          milan: RelayEnforcement(
            .notInForce, serial: 7, instances: 2, missing: [.init(instance: "pod-2", reason: "it cannot be reached")])
        ]),
      at: epoch)
    fleet.observe(SourceCondition("audit store", problem: "away"), at: epoch)
    return fleet
  }

  @Test func textOfAFleet() { expectGolden(FleetMetrics.text(Self.sample), at: folder() + "/Golden/metrics.txt") }

  @Test func anOrganizationIsToldNothingOfOthers() {
    let text = FleetMetrics.text(Self.sample, orgs: ["acme"])
    #expect(text.contains(#"relay="milan""#))
    for foreign in ["blue", "paris", "audit store", "eu-west", "wpex_fleet_sync"] { #expect(!text.contains(foreign)) }
    #expect(FleetMetrics.text(Self.sample, orgs: []).isEmpty)
  }

  @Test func everyMetricIsWrittenOnce() {
    let names = FleetMetrics.all.map(\.name)
    #expect(Set(names).count == names.count)
    let text = FleetMetrics.text(Self.sample)
    for name in names { #expect(text.contains("# TYPE \(name) "), "\(name)") }
  }

  /// Prometheus' own judge of the format and of names.
  @Test func promtoolFindsNothing() throws {
    let tool = try #require(ExternalCommand.path(of: "promtool"), "install prometheus: run scripts/setup")
    try ExternalCommand.withFolder { folder in
      let outcome = try ExternalCommand.run(
        tool, ["check", "metrics"], folder: folder, input: Array(FleetMetrics.text(Self.sample).utf8))
      #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
    }
  }
}
