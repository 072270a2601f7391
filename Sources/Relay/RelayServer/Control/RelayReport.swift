import RelayCore

/// State of a relay at one moment, as served over HTTP.
struct RelayReport: Sendable {
  /// Statistics of the state machine.
  let statistics: RelayStatistics
  /// Counters summed over all threads.
  let counters: [Counter: UInt64]
  /// Dropped packets by reason, summed over all threads.
  let drops: [DropReason: UInt64]
  /// Batches by occupancy, per bound of `CounterBlock.occupancyBounds`; not cumulative.
  let occupancy: [UInt64]
  /// Traffic of the last five minutes.
  let recent: RecentTraffic
  /// Why nothing can be received; nil if receiving works.
  let receiveFailure: String?
  /// Seconds since the start.
  let uptimeSeconds: Double
  /// Configuration in force.
  let configuration: ConfigurationReport
  /// Declared probes and their results.
  let probes: [ProbeReport]
}

/// Datagrams of the last five minutes.
struct RecentTraffic: Sendable, Equatable {
  /// Datagrams received.
  var received: UInt64 = 0
  /// Datagrams that the kernel dropped because the receive queue was full.
  var overflow: UInt64 = 0
  /// Datagrams that could not be sent.
  var sendFailures: UInt64 = 0
  /// Data packets forwarded. Handshakes are excluded, because anyone can cause them.
  var dataForwarded: UInt64 = 0
  /// Data packets that the kernel refused to send.
  var dataRefused: UInt64 = 0
}

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

/// Configuration in force.
struct ConfigurationReport: Sendable {
  /// Bound UDP port.
  let port: UInt16
  /// Whether anyone may use the relay.
  let open: Bool
  /// Number of active keys.
  let keys: Int
  /// Number of groups.
  let groups: Int
  /// Identifies the set of active keys: SHA-256 over their groups and fingerprints, in hex.
  let keySetDigest: String
  /// Bandwidth and packet caps.
  let caps: Caps
  /// Broadcasts per second that one address may cause; nil for the default.
  let broadcastRate: UInt32?
  /// Whether datagrams are sent with UDP_SEGMENT.
  let segmentation: Bool
  /// Whether datagrams are received with UDP_GRO.
  let receivesCoalesced: Bool
  /// Whether only handshakes move a return path.
  let strictRoaming: Bool
  /// Number of worker threads.
  let workers: Int
  /// Receive buffer per socket in bytes.
  let receiveBuffer: Int
  /// Implementation of the mac1 search.
  let macSearch: String
  /// When the configuration was last loaded, as RFC 3339.
  let loadedAt: String
  /// Number of successful reloads.
  let reloads: UInt64
  /// Number of rejected reloads.
  let failedReloads: UInt64
  /// Why the last reload was rejected; nil if it was not.
  let reloadFailure: String?
}

/// A declared probe and its latest result.
struct ProbeReport: Sendable {
  let probe: RelayConfiguration.Probe
  let outcome: ProbeOutcome?
}
