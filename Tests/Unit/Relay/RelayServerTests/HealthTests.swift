import RelayCore
import Testing

@testable import RelayServer

/// Health is that of the last minutes.
@Suite struct HealthTests {
  @Test func whatIsOverNoLongerCounts() {
    var history = TrafficHistory()
    var totals = RecentTraffic()
    history.note(totals, at: Instant(seconds: 1_000))
    totals = RecentTraffic(received: 100, overflow: 50, sendFailures: 7)
    #expect(history.recent(totals) == totals)
    for second in 1_001...1_400 as ClosedRange<UInt64> { history.note(totals, at: Instant(seconds: second)) }
    #expect(history.recent(totals) == RecentTraffic())
    totals.received += 5
    #expect(history.recent(totals) == RecentTraffic(received: 5))
  }

  @Test(arguments: [UInt64(60), 600, 86_400])
  func fiveMinutesAreKept(_ seconds: UInt64) {
    var history = TrafficHistory()
    for second in 0...seconds {
      history.note(RecentTraffic(received: second), at: Instant(seconds: 1_000 + second))
    }
    let recent = history.recent(RecentTraffic(received: seconds)).received
    #expect(recent >= min(seconds, 300) && recent <= min(seconds, 300) + 31)
  }
}
