import RelayCore

/// Earlier totals, so that past problems do not count forever.
struct TrafficHistory {
  private static let seconds: UInt64 = 300
  private static let stepSeconds: UInt64 = 30
  private var entries: [(at: Instant, totals: RecentTraffic)] = []

  /// Records the current totals. Called once a second; keeps one entry every 30 seconds.
  mutating func note(_ totals: RecentTraffic, at now: Instant) {
    if let last = entries.last, now.since(last.at) < Self.stepSeconds * 1_000_000_000 { return }
    entries.append((now, totals))
    // The newest entry that is at least five minutes old is the baseline.
    while entries.count > 1, now.since(entries[1].at) >= Self.seconds * 1_000_000_000 { entries.removeFirst() }
  }

  /// Returns the traffic of the last five minutes, given the current totals.
  func recent(_ totals: RecentTraffic) -> RecentTraffic {
    guard let first = entries.first?.totals else { return totals }
    return RecentTraffic(
      received: totals.received &- first.received, overflow: totals.overflow &- first.overflow,
      sendFailures: totals.sendFailures &- first.sendFailures,
      dataForwarded: totals.dataForwarded &- first.dataForwarded, dataRefused: totals.dataRefused &- first.dataRefused)
  }
}
