import FleetMonitoring
import Testing

@Suite struct HistoryTests {
  private func sessions(_ count: Int, at second: Double) -> RelayObservation {
    running(at: second, statistics(uptime: 1, sessions: count))
  }

  private func series(_ fleet: Fleet, last: Double, now: Double) -> HistorySeries? {
    fleet.record(of: milan)?.history.series(.sessions, last: last, now: epoch + now)
  }

  @Test func stepsHoldMeans() {
    var fleet = fleet()
    for (second, count) in [(0, 1), (3, 2), (9, 6), (10, 4), (30, 8)] as [(Double, Int)] {
      fleet.observe(sessions(count, at: second))
    }
    #expect(
      series(fleet, last: 300, now: 31)
        == HistorySeries(metric: .sessions, start: epoch, step: 10, values: [3, 4, nil, 8]))
    #expect(
      series(fleet, last: 3_600, now: 31)
        == HistorySeries(metric: .sessions, start: epoch, step: 60, values: [4.2].map { Double(Float($0)) }))
  }

  @Test func whatIsAskedForDecidesTheStep() {
    var fleet = fleet()
    for look in 0..<8_640 { fleet.observe(sessions(look, at: Double(look) * 10)) }
    let now = 86_395.0
    #expect(series(fleet, last: 300, now: now)?.values.count == 30)
    #expect(series(fleet, last: 60, now: now)?.values == [8_633, 8_634, 8_635, 8_636, 8_637, 8_638, 8_639])
    #expect(series(fleet, last: 3_600, now: now)?.step == 60)
    #expect(series(fleet, last: 3_600, now: now)?.values.count == 60)
    let day = series(fleet, last: 86_400, now: now)
    #expect(day?.step == 300)
    #expect(day?.start == epoch)
    #expect(day?.values.count == 288)
    // Thirty looks: 0 to 29.
    #expect(day?.values.first == 14.5)
    #expect(series(fleet, last: 1e9, now: now)?.values.count == 288)
    fleet.observe(sessions(1, at: 86_400))
    #expect(series(fleet, last: 86_400, now: 86_400)?.start == epoch + 300)
    #expect(series(fleet, last: 86_400, now: 86_400)?.values.count == 288)
  }

  @Test func aClockSetBackTakesTheFutureAway() {
    var fleet = fleet()
    for (second, count) in [(0, 1), (10, 2), (20, 3), (30, 4)] as [(Double, Int)] {
      fleet.observe(sessions(count, at: second))
    }
    fleet.observe(sessions(9, at: 15))
    #expect(series(fleet, last: 300, now: 40)?.values == [1, 5.5])
    fleet.observe(sessions(7, at: 40))
    #expect(series(fleet, last: 300, now: 40)?.values == [1, 5.5, nil, nil, 7])
    fleet.observe(sessions(5, at: -100_000))
    #expect(series(fleet, last: 300, now: -100_000)?.values == [5])
  }

  @Test func aLongPauseBeginsAnew() {
    var fleet = fleet()
    fleet.observe(sessions(1, at: 0))
    fleet.observe(sessions(2, at: 1e7))
    #expect(series(fleet, last: 300, now: 1e7)?.values == [2])
    #expect(series(fleet, last: 86_400, now: 1e7)?.values == [2])
  }

  @Test func whatWasNotMeasuredIsNoZero() {
    var fleet = fleet()
    fleet.observe(silent(at: 0))
    #expect(series(fleet, last: 300, now: 0)?.values == [nil])
    let health = fleet.record(of: milan)?.history.series(.health, last: 300, now: epoch)
    #expect(health?.values == [43])
    fleet.tick(at: epoch)
    #expect(fleet.history()?.series(.health, last: 300, now: epoch).values == [43])
    #expect(fleet.history(of: "acme")?.series(.health, last: 300, now: epoch).values == [43])
    #expect(fleet.history(of: "nobody") == nil)
  }

  @Test func emptyAndNonsense() {
    let history = History()
    #expect(history.series(.health, last: 300, now: epoch).values == [])
    #expect(history.series(.health, last: -1, now: .nan).values == [])
    #expect(history.series(.health, last: .infinity, now: -.infinity).values == [])
  }
}
