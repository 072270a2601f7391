import FleetMonitoring
import RelayWire
import Testing

/// Sums that are kept step by step are those that a count of everything gives.
@Suite struct FleetTests {
  private func relay(_ number: Int) -> RelayID { RelayID(org: "org-\(number % 7)", name: "relay-\(number)") }

  private func expectation(_ numbers: some Sequence<Int>) -> FleetExpectation {
    FleetExpectation(
      relays: numbers.map {
        RelayExpectation(relay($0), regions: ["r"], isRunning: $0 % 9 != 0, keys: (0..<$0 % 5).map { "key-\($0)" })
      }, organizations: (0..<7).map { OrganizationExpectation("org-\($0)", isActive: $0 != 3, slaTarget: 99) })
  }

  @Test func anyOrderOfEventsGivesTheSumOfTheRelays() {
    var numbers = Numbers(state: 7)
    var fleet = Fleet()
    fleet.expect(expectation(0..<60), at: epoch)
    var time = 0.0
    for _ in 0..<3_000 {
      time += Double.random(in: 0...3, using: &numbers)
      let id = relay(Int.random(in: 0..<70, using: &numbers))
      switch Int.random(in: 0..<20, using: &numbers) {
      case 0:
        let from = Int.random(in: 0..<30, using: &numbers)
        fleet.expect(expectation(from..<from + 40), at: epoch + time)
      case 1:
        let phase = RelayPhase.allCases.randomElement(using: &numbers) ?? .failed
        fleet.observe(RelayObservation(id, time: epoch + time, phase: phase))
      case 2: fleet.observe(silent(id, at: time))
      case 3: fleet.tick(at: epoch + time)
      default:
        fleet.observe(
          running(
            id, at: time,
            statistics(
              uptime: .random(in: 0...5_000, using: &numbers), initiated: .random(in: 0...500, using: &numbers),
              completed: .random(in: 0...500, using: &numbers), received: .random(in: 0...1_000_000, using: &numbers),
              forwarded: .random(in: 0...1_000_000, using: &numbers), sessions: .random(in: 0...9, using: &numbers),
              connected: (0..<3).map { "key-\($0)" }), restarts: .random(in: 0...6, using: &numbers)))
      }
    }
    let records = Array(fleet.allRecords)
    let kpi = fleet.kpi
    #expect(kpi.relaysDeclared == records.count)
    #expect(kpi.sessions == records.reduce(0) { $0 + $1.sessions })
    #expect(kpi.connectedPeers == records.reduce(0) { $0 + $1.connectedPeers })
    #expect(kpi.handshakes.completed == records.reduce(0) { $0 + ($1.handshakes?.completed ?? 0) })
    #expect(kpi.relaysByLevel.values.reduce(0, +) == records.count)
    #expect(kpi.receivedBytes == records.reduce(0) { $0 + ($1.lastStatistics?.traffic?.receivedBytes ?? 0) })
    let judged = records.compactMap { $0.expectation.isRunning ? $0.health.score : nil }
    #expect(kpi.meanHealth == (judged.isEmpty ? nil : Double(judged.reduce(0, +)) / Double(judged.count)))
    #expect(kpi.alerts.values.reduce(0, +) == fleet.alerts().count)
    let up = records.reduce(0) { $0 + $1.upSeconds }
    #expect(abs(kpi.sla.upSeconds - up) < 1)
    // The platform is the sum of its organizations.
    let parts = (0..<7).compactMap { fleet.kpi(of: "org-\($0)") }
    #expect(parts.reduce(0) { $0 + $1.sessions } == kpi.sessions)
    #expect(parts.reduce(0) { $0 + $1.relaysDeclared } == kpi.relaysDeclared)
    #expect(parts.reduce(0) { $0 + $1.alerts.values.reduce(0, +) } == fleet.alerts().count)
    #expect(kpi.organizations == 7)
    #expect(kpi.organizationsActive == 6)
  }

  @Test func whatIsNotDeclaredIsNotSeen() {
    var fleet = fleet()
    fleet.observe(running(RelayID(org: "other", name: "x"), at: 0, statistics(sessions: 5)))
    #expect(fleet.kpi.sessions == 0)
    #expect(fleet.kpi(of: "other") == nil)
    fleet.observe(running(at: 0, statistics(sessions: 5)))
    fleet.expect(FleetExpectation(), at: epoch)
    #expect(fleet.kpi == PlatformKPI())
  }

  @Test func everyChangeIsARevision() {
    var fleet = fleet()
    let before = fleet.revision
    fleet.observe(running(at: 0, statistics()))
    #expect(fleet.revision > before)
    let after = fleet.revision
    fleet.observe(running(RelayID(org: "other", name: "x"), at: 0, statistics()))
    #expect(fleet.revision == after)
  }

  /// 10 s up, 10 s between up and down, 20 s down, 10 s back: a fifth of 50 s counts as up.
  @Test func serviceLevelFromObservedTime() {
    var fleet = fleet(target: 20.5)
    for (second, isUp) in [(0, true), (10, true), (20, false), (30, false), (40, false), (50, true)] as [(Double, Bool)]
    {
      fleet.observe(isUp ? running(at: second, statistics()) : silent(at: second))
    }
    let sla = fleet.kpi(of: "acme")?.sla
    #expect(sla?.observedSeconds == 50)
    #expect(sla?.percent == 20)
    #expect(sla?.isMet == false)
    fleet.tick(at: epoch + 60)
    let alert = fleet.alerts().first { $0.kind == .slaMissed }
    #expect(alert?.detail.text == "Uptime 20% is below the 20.5% target.")
    // What nobody saw does not count: a gap, a runtime that cannot be asked, a clock that was set.
    fleet.observe(RelayObservation(milan, time: epoch + 60, phase: .unknown))
    fleet.observe(running(at: 70, statistics()))
    fleet.observe(running(at: 70 + 151, statistics()))
    fleet.observe(running(at: 5, statistics()))
    #expect(fleet.kpi(of: "acme")?.sla.observedSeconds == 50)
    #expect(fleet.kpi.sla.organizationsWithTarget == 1)
    #expect(fleet.kpi.sla.organizationsMeeting == 0)
  }

  @Test func daysBeyondAMonthAreForgotten() {
    var fleet = fleet(target: 99)
    for day in 0..<40 {
      fleet.observe(running(at: Double(day) * 86_400, statistics()))
      fleet.observe(running(at: Double(day) * 86_400 + 100, statistics()))
    }
    #expect(fleet.kpi(of: "acme")?.sla.observedSeconds == 3_100)
    #expect(SLAAttainment.windowHours == 744)
  }
}
