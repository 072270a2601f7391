import ConfigModel
import FleetMonitoring
import RelayWire
import Testing

@Suite struct AlertTests {
  private func kinds(_ fleet: Fleet) -> [Alert.Kind] { fleet.alerts().map(\.kind) }

  @Test func downIsCritical() {
    var fleet = fleet()
    fleet.observe(RelayObservation(milan, time: epoch, phase: .failed, detail: "0 of 1 pods are ready"))
    let alert = fleet.alerts().first
    #expect(alert?.id == "relay-down:acme/milan")
    #expect(alert?.severity == .critical)
    #expect(alert?.summary == "relay acme/milan is down")
    #expect(alert?.detail == "0 of 1 pods are ready")
    #expect(fleet.kpi.alerts == [.critical: 1])
  }

  @Test func startingAndSilenceAreWaitedFor() {
    var fleet = fleet()
    fleet.observe(RelayObservation(milan, time: epoch, phase: .inProgress))
    fleet.observe(RelayObservation(milan, time: epoch + 119, phase: .inProgress))
    #expect(kinds(fleet) == [])
    fleet.observe(RelayObservation(milan, time: epoch + 120, phase: .inProgress, detail: "image is pulled"))
    #expect(kinds(fleet) == [.relayDown])
    fleet.observe(running(at: 130, statistics()))
    #expect(kinds(fleet) == [])
    fleet.observe(silent(at: 140))
    #expect(kinds(fleet) == [.relayCritical])
    fleet.observe(silent(at: 170))
    #expect(kinds(fleet) == [.relayDown])
    #expect(fleet.alerts().first?.detail.text == "Running but not responding. no answer within 3 s")
  }

  @Test func anAlertLastsSinceItsBeginning() {
    var fleet = fleet()
    for second in [0.0, 10, 20] {
      fleet.observe(RelayObservation(milan, time: epoch + second, phase: .failed))
    }
    #expect(fleet.alerts().first?.since == epoch)
    fleet.observe(running(at: 30, statistics()))
    fleet.observe(RelayObservation(milan, time: epoch + 40, phase: .failed))
    #expect(fleet.alerts().first?.since == epoch + 40)
  }

  @Test(arguments: [(3, 0), (4, 1)])
  func moreThanThreeRestarts(_ restarts: Int, _ alerts: Int) {
    var fleet = fleet()
    fleet.observe(running(at: 0, statistics(), restarts: restarts))
    #expect(fleet.alerts().count { $0.kind == .restarts } == alerts)
  }

  /// Below 70 % over more than 10.
  @Test(arguments: [(10, 6, 0), (11, 7, 1), (20, 14, 0), (20, 13, 1), (0, 0, 0)])
  func handshakeSuccess(_ initiated: UInt64, _ completed: UInt64, _ alerts: Int) {
    var fleet = fleet()
    fleet.observe(running(at: 0, statistics(uptime: 1)))
    fleet.observe(running(at: 10, statistics(uptime: 11, initiated: initiated, completed: completed)))
    #expect(fleet.alerts().count { $0.kind == .handshakeSuccess } == alerts)
  }

  @Test func thresholdsAreThePlatforms() {
    var thresholds = AlertThresholds()
    thresholds.restarts = 0
    thresholds.health = 100
    var fleet = Fleet()
    fleet.expect(
      FleetExpectation(relays: [RelayExpectation(milan, regions: ["x"], keys: ["a"])], thresholds: thresholds),
      at: epoch)
    fleet.observe(running(at: 0, statistics(), restarts: 1))
    #expect(Set(kinds(fleet)) == [.restarts, .relayCritical])
    // A new commit judges what was seen before.
    fleet.expect(FleetExpectation(relays: [RelayExpectation(milan, regions: ["x"], keys: ["a"])]), at: epoch)
    #expect(kinds(fleet) == [])
  }

  @Test func bandwidthFrom80Percent() {
    for (bytes, alerts) in [(UInt64(999_999), 0), (1_000_000, 1)] {
      var fleet = fleet(bandwidth: 1)
      fleet.observe(running(at: 0, statistics(uptime: 1)))
      fleet.observe(running(at: 10, statistics(uptime: 11, forwarded: bytes)))
      #expect(fleet.alerts().count { $0.kind == .bandwidth } == alerts)
    }
  }

  @Test func portThatRefuses() {
    var fleet = fleet()
    var observation = running(at: 0, statistics())
    observation.port = .unreachable("127.0.0.1:30000: connection refused")
    fleet.observe(observation)
    #expect(kinds(fleet) == [.portUnreachable])
  }

  @Test func keysThatExpire() {
    let today = CivilDate(unixSeconds: Int64(epoch))
    func key(_ name: String, _ days: Int) -> KeyExpectation {
      KeyExpectation(name, expires: today.advanced(byDays: days))
    }
    var fleet = Fleet()
    fleet.expect(
      FleetExpectation(organizations: [
        OrganizationExpectation(
          "acme", keys: [key("over", -1), key("today", 0), key("month", 30), key("later", 31), KeyExpectation("ever")])
      ]), at: epoch)
    #expect(
      fleet.alerts(of: "acme").map(\.id)
        == ["key-expired:acme/over", "key-expiring:acme/month", "key-expiring:acme/today"])
    #expect(fleet.alerts(of: "acme").map(\.value) == [-1, 30, 0])
    fleet.tick(at: epoch + 86_400)
    #expect(fleet.alerts(of: "acme").count == 4)
    #expect(fleet.kpi(of: "acme")?.alerts == [.warning: 4])
  }

  @Test func syncAndSources() {
    var fleet = fleet()
    fleet.observe(
      SyncObservation(
        failure: "no route", held: ["eu-south": 3], errors: ["acme": 2], drifted: ["acme": 1, "blue": 0]),
      at: epoch)
    fleet.observe(SourceCondition("audit store", problem: "connection refused"), at: epoch)
    #expect(
      fleet.alerts().map(\.id) == [
        "sync-failing", "collector:audit store", "organization-kept:acme", "sync-held:eu-south", "drift:acme",
      ])
    #expect(fleet.alerts(of: "acme").map(\.id) == ["organization-kept:acme", "drift:acme"])
    #expect(fleet.kpi.alerts == [.critical: 1, .warning: 3, .info: 1])
    fleet.observe(SyncObservation(), at: epoch)
    fleet.observe(SourceCondition("audit store"), at: epoch)
    #expect(kinds(fleet) == [])
  }

  @Test(arguments: [
    (1, ["1 object change awaits approval", "1 error in its configuration", "1 object was changed outside Git"]),
    (2, ["2 object changes await approval", "2 errors in its configuration", "2 objects were changed outside Git"]),
  ])
  func numbersAgreeWithTheirNouns(_ count: Int, _ phrases: [String]) {
    var fleet = fleet()
    fleet.observe(SyncObservation(held: ["eu": count], errors: ["acme": count], drifted: ["acme": count]), at: epoch)
    let text = fleet.alerts().map(\.detail.text).joined(separator: "\n")
    for phrase in phrases { #expect(text.contains(phrase), "\(phrase)") }
  }

  @Test func whatIsDeclaredToBeOffRaisesNothing() {
    var fleet = fleet(isRunning: false)
    fleet.observe(RelayObservation(milan, time: epoch, phase: .stopped))
    #expect(kinds(fleet) == [])
    #expect(fleet.kpi.meanHealth == nil)
  }
}
