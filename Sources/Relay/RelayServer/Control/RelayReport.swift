import RelayCore

/// All that HTTP tells of a relay, taken at one moment.
struct RelayReport: Sendable {
  let statistics: RelayStatistics
  /// Sums over all threads.
  let counters: [Counter: UInt64]
  let drops: [DropReason: UInt64]
  /// Batches by occupancy, as `CounterBlock.occupancyBounds`, not yet cumulative.
  let occupancy: [UInt64]
  let recent: RecentTraffic
  /// Why nothing is received, while that is so.
  let receiveFailure: String?
  let uptimeSeconds: Double
  let configuration: ConfigurationReport
  let probes: [ProbeReport]
}

/// Datagrams of the last five minutes.
struct RecentTraffic: Sendable, Equatable {
  var received: UInt64 = 0
  var overflow: UInt64 = 0
  var sendFailures: UInt64 = 0
  /// Of sessions' data, as handshakes can be caused by anybody.
  var dataForwarded: UInt64 = 0
  var dataRefused: UInt64 = 0
}

/// Counters of a while ago, so that what is over does not count for ever.
struct TrafficHistory {
  private static let seconds: UInt64 = 300
  private static let stepSeconds: UInt64 = 30
  private var entries: [(at: Instant, totals: RecentTraffic)] = []

  /// Notes the counters of this moment; called once a second.
  mutating func note(_ totals: RecentTraffic, at now: Instant) {
    if let last = entries.last, now.since(last.at) < Self.stepSeconds * 1_000_000_000 { return }
    entries.append((now, totals))
    // The last entry that is old enough is what the rest is compared with.
    while entries.count > 1, now.since(entries[1].at) >= Self.seconds * 1_000_000_000 { entries.removeFirst() }
  }

  /// What has been added within five minutes.
  func recent(_ totals: RecentTraffic) -> RecentTraffic {
    guard let first = entries.first?.totals else { return totals }
    return RecentTraffic(
      received: totals.received &- first.received, overflow: totals.overflow &- first.overflow,
      sendFailures: totals.sendFailures &- first.sendFailures,
      dataForwarded: totals.dataForwarded &- first.dataForwarded, dataRefused: totals.dataRefused &- first.dataRefused)
  }
}

/// What is in force.
struct ConfigurationReport: Sendable {
  let port: UInt16
  let open: Bool
  let keys: Int
  let groups: Int
  /// Names the set of active keys: SHA-256 over their fingerprints and groups.
  let keySetDigest: String
  let caps: Caps
  let broadcastRate: UInt32?
  let segmentation: Bool
  let receivesCoalesced: Bool
  let strictRoaming: Bool
  let workers: Int
  let receiveBuffer: Int
  let macSearch: String
  let loadedAt: String
  let reloads: UInt64
  let failedReloads: UInt64
  /// Why the last reload was refused, while it is.
  let reloadFailure: String?
}

/// A declared probe and what it found last.
struct ProbeReport: Sendable {
  let probe: RelayConfiguration.Probe
  let outcome: ProbeOutcome?
}
