import RelayCore

/// State of a relay at one moment, as served over HTTP.
struct RelayReport: Sendable {
  /// Statistics of the state machine.
  let statistics: MachineStatistics
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
  /// The cluster; nil if the process is alone.
  let cluster: ClusterReport?
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

/// A declared probe and its latest result.
struct ProbeReport: Sendable {
  let probe: RelayConfiguration.Probe
  let outcome: ProbeOutcome?
}
