import FleetMonitoring
import RelayWire
import Testing

/// Rates, windows and edges from one look to the next.
@Suite struct RelayRecordTests {
  private func record(_ observations: RelayObservation..., keys: [String] = []) -> RelayRecord {
    var fleet = fleet(keys: keys)
    for observation in observations { fleet.observe(observation) }
    return fleet.record(of: milan) ?? RelayRecord.missing
  }

  @Test func throughputIsBitsPerSecondBetweenTwoLooks() {
    let record = record(
      running(at: 0, statistics(uptime: 100, received: 1_000, forwarded: 500)),
      running(at: 10, statistics(uptime: 110, received: 126_000, forwarded: 63_000)))
    // 125,000 bytes in 10 s, and 62,500.
    #expect(record.throughput.received == 100_000)
    #expect(record.throughput.forwarded == 50_000)
  }

  /// Zero would say that nobody is connected, which nobody knows.
  @Test(arguments: [RelayPhase.current, .unknown])
  func whatDoesNotAnswerHasItsLastFigures(_ phase: RelayPhase) {
    var fleet = fleet(keys: ["a"])
    for time in [0.0, 10] {
      var statistics = statistics(uptime: 100 + time, received: UInt64(time) * 12_500)
      statistics.sessions = 3
      fleet.observe(running(at: time, statistics))
    }
    let known = fleet.record(of: milan)
    #expect(known?.sessions == 3 && known?.throughput.received == 100_000)
    let silent = RelayInstance("pod-1", answer: .silent("no answer within 3 s"))
    fleet.observe(RelayObservation(milan, time: epoch + 20, phase: phase, instances: [silent]))
    let record = fleet.record(of: milan)
    #expect(record?.sessions == 3 && record?.throughput == known?.throughput)
    #expect(record?.answeredAt == known?.answeredAt)
    #expect(fleet.kpi.sessions == 3 && fleet.kpi.isCounted)
    // One that has ended has none.
    fleet.observe(RelayObservation(milan, time: epoch + 30, phase: .failed))
    #expect(fleet.record(of: milan)?.sessions == 0)
  }

  @Test func whatNeverAnsweredIsNotCounted() {
    var fleet = fleet(keys: ["a"])
    fleet.observe(RelayObservation(milan, time: epoch, phase: .current))
    #expect(!fleet.kpi.isCounted)
  }

  @Test func theFirstLookSaysNothingOfRates() {
    let record = record(running(at: 0, statistics(initiated: 500, completed: 1, received: 1 << 40)))
    #expect(record.throughput.received == 0)
    #expect(record.handshakes == HandshakeCount())
    #expect(record.alerts.isEmpty)
  }

  @Test func aCounterThatBeganAnewCountsFromZero() {
    let record = record(
      running(at: 0, statistics(uptime: 5_000, initiated: 900, completed: 800, received: 1_000_000)),
      running(at: 10, statistics(uptime: 4, initiated: 6, completed: 3, received: 2_000)))
    #expect(record.handshakes == HandshakeCount(initiated: 6, completed: 3))
    #expect(record.throughput.received == 1_600)
  }

  @Test func aRestartIsSeenByItsUptimeEvenWhereCountersGrew() {
    let record = record(
      running(at: 0, statistics(uptime: 5_000, received: 1_000)),
      running(at: 10, statistics(uptime: 9, received: 3_000)))
    #expect(record.throughput.received == 2_400)
  }

  @Test func theWindowForgetsAfterFiveMinutes() {
    var fleet = fleet()
    for look in 0...60 {
      fleet.observe(
        running(
          at: Double(look) * 10,
          statistics(uptime: Double(look * 10 + 1), initiated: UInt64(look * 2), completed: UInt64(look))))
    }
    // 30 buckets of two and one.
    #expect(fleet.record(of: milan)?.handshakes == HandshakeCount(initiated: 60, completed: 30))
    fleet.observe(running(at: 600 + 295, statistics(uptime: 2_000, initiated: 120, completed: 60)))
    #expect(fleet.record(of: milan)?.handshakes == HandshakeCount(initiated: 2, completed: 1))
  }

  @Test(arguments: [-100_000.0, -25, 400, 100_000])
  func aClockThatWasSetGivesNoRate(_ jump: Double) {
    let record = record(
      running(at: 0, statistics(uptime: 100, initiated: 0, completed: 0, received: 0)),
      running(at: 10, statistics(uptime: 110, initiated: 8, completed: 8, received: 1_000)),
      running(at: 20 + jump, statistics(uptime: 120, initiated: 9, completed: 9, received: 2_000)),
      running(at: 30 + jump, statistics(uptime: 130, initiated: 11, completed: 11, received: 3_250)))
    #expect(record.throughput.received == 1_000)
    // Set back, the window keeps its five minutes; set forward, they are over.
    #expect(record.handshakes?.completed == (jump < 0 ? 10 : 2))
  }

  @Test func silenceForAMomentLosesNothing() {
    let record = record(
      running(at: 0, statistics(uptime: 100, initiated: 10, completed: 10)), silent(at: 10),
      running(at: 20, statistics(uptime: 120, initiated: 15, completed: 14)))
    #expect(record.handshakes == HandshakeCount(initiated: 5, completed: 4))
  }

  @Test func instancesAreCountedEachByItself() {
    func both(at seconds: Double, _ first: RelayStatistics, _ second: RelayStatistics) -> RelayObservation {
      RelayObservation(
        milan, time: epoch + seconds, phase: .current,
        instances: [
          RelayInstance("pod-1", answer: .statistics(first)), RelayInstance("pod-2", answer: .statistics(second)),
        ])
    }
    let record = record(
      both(
        at: 0, statistics(uptime: 50, received: 1_000, sessions: 2, connected: ["a"]),
        statistics(uptime: 900, received: 90_000)),
      both(
        at: 10, statistics(uptime: 60, received: 2_000, sessions: 3, connected: ["a"], idle: ["b"]),
        statistics(uptime: 910, received: 90_250, sessions: 1, connected: ["b"])), keys: ["a", "b"])
    #expect(record.throughput.received == 1_000)
    #expect(record.sessions == 4)
    #expect(record.connectedKeys == 2)
    #expect(record.lastStatistics?.peers.map(\.state) == [.connected, .connected])
    #expect(record.lastStatistics?.traffic?.receivedBytes == 92_250)
  }

  @Test func onlyALiveSessionIsAnEdge() {
    let record = record(
      running(at: 0, statistics(connected: ["b", "a"], idle: ["c"])), keys: ["a", "b", "c", "d"])
    #expect(record.edges.map(\.key) == ["a", "b"])
    let gone = self.record(running(at: 0, statistics(connected: ["a"])), silent(at: 10), keys: ["a"])
    #expect(gone.edges.isEmpty)
    #expect(gone.lastStatistics?.peers.count == 1)
    #expect(gone.answeredAt == epoch)
  }

  @Test func countersAtTheirEndDoNotTrap() {
    var most = statistics(uptime: .greatestFiniteMagnitude, sessions: .max)
    most.handshakes = HandshakeCount(initiated: .max, completed: .max)
    most.traffic = .init(receivedBytes: .max, receivedPackets: .max, forwardedBytes: .max, forwardedPackets: .max)
    var fleet = fleet(bandwidth: 1)
    fleet.observe(running(at: 0, statistics(uptime: 1)))
    for second in 1...51 { fleet.observe(running(at: Double(second), second % 2 == 0 ? statistics(uptime: 1) : most)) }
    fleet.tick(at: epoch + 60)
    #expect(fleet.kpi.meanHealth != nil)
    #expect(fleet.alerts().contains { $0.kind == .bandwidth })
  }
}

extension RelayRecord {
  /// One of which nothing is known.
  fileprivate static var missing: RelayRecord { RelayRecord(RelayExpectation(milan, regions: [""])) }
}
