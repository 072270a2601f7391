import FleetMonitoring
import RelayWire
import Testing

/// What was applied and is not in force raises an alert of its relay.
@Suite struct RelayEnforcementTests {
  private func fleet(_ enforcement: RelayEnforcement?) -> Fleet {
    var fleet = Fleet()
    fleet.expect(FleetExpectation(relays: [RelayExpectation(milan, regions: ["eu-south"])]), at: epoch)
    fleet.observe(running(at: 0, statistics(uptime: 1)))
    fleet.observe(SyncObservation(inForce: enforcement.map { [milan: $0] } ?? [:]), at: epoch)
    return fleet
  }

  private static let missing = RelayEnforcement(
    .notInForce, serial: 7, instances: 2, missing: [.init(instance: "pod-2", reason: "it cannot be reached")])

  private func alerts(of fleet: Fleet) -> [Alert] { fleet.alerts().filter { $0.kind == .notInForce } }

  @Test func whatIsNotInForceRaisesAnAlert() {
    var fleet = fleet(Self.missing)
    let alert = alerts(of: fleet).first
    #expect(alerts(of: fleet).count == 1 && alert?.id == "not-in-force:acme/milan" && alert?.severity == .critical)
    #expect(alert?.value == 1 && alert?.threshold == 2)
    #expect(
      alert?.detail.text == "Not in force at pod-2 (it cannot be reached). A revoked key may still work there.")
    #expect(fleet.record(of: milan)?.alerts.contains { $0.kind == .notInForce } == true)
    let revision = fleet.revision
    fleet.observe(SyncObservation(inForce: [milan: RelayEnforcement(.inForce, serial: 8, instances: 2)]), at: epoch + 1)
    #expect(alerts(of: fleet).isEmpty && fleet.revision > revision)
    // The daemon's report without the relay.
    fleet.observe(SyncObservation(), at: epoch + 2)
    #expect(fleet.record(of: milan)?.enforcement == nil)
  }

  @Test(arguments: [.pending, .inForce, .idle, nil] as [RelayEnforcement.State?]) func nothingElseDoes(
    _ state: RelayEnforcement.State?
  ) {
    #expect(alerts(of: fleet(state.map { RelayEnforcement($0, serial: 7) })).isEmpty)
  }
}
