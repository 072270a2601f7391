import RelayCore

/// All that HTTP tells of a relay, taken at one moment.
struct RelayReport: Sendable {
  let statistics: RelayStatistics
  /// Sums over all threads.
  let counters: [Counter: UInt64]
  let drops: [DropReason: UInt64]
  /// Batches by occupancy, as `CounterBlock.occupancyBounds`, not yet cumulative.
  let occupancy: [UInt64]
  let uptimeSeconds: Double
  let configuration: ConfigurationReport
  let probes: [ProbeReport]
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
