package import TextFormats
import RelayCore
import RelayWire

/// Metrics of the relay in the Prometheus text format.
package enum MetricsText {
  static let prefix = "wpex_relay_"

  static let dropped = MetricDescription(
    "wpex_relay_dropped_packets_total", .counter, "Datagrams that were not forwarded, by reason.", labels: ["reason"])
  static let initiations = MetricDescription(
    "wpex_relay_handshake_initiations_total", .counter, "Valid initiations that were forwarded.")
  static let responses = MetricDescription(
    "wpex_relay_handshake_responses_total", .counter, "Valid responses that were forwarded.")
  static let handshakes = MetricDescription(
    "wpex_relay_handshakes_total", .counter, "Handshakes whose initiator went on to use the session.")
  static let sessions = MetricDescription("wpex_relay_sessions", .gauge, "Live sessions.")
  static let candidates = MetricDescription(
    "wpex_relay_session_candidates", .gauge, "Responses that their initiator has not used yet.")
  static let pending = MetricDescription(
    "wpex_relay_pending_initiations", .gauge, "Initiations waiting for a response.")
  static let addresses = MetricDescription(
    "wpex_relay_known_addresses", .gauge, "Addresses that have proved that they receive what is sent to them.")
  static let roaming = MetricDescription(
    "wpex_relay_roaming_candidates", .gauge, "Addresses that send data of sessions currently at another address.")
  static let keys = MetricDescription("wpex_relay_active_keys", .gauge, "Keys that can use the relay.")
  static let peers = MetricDescription(
    "wpex_relay_connected_peers", .gauge, "Keys with a session that carried data in the last three minutes.")
  static let peerConnected = MetricDescription(
    "wpex_relay_peer_connected", .gauge, "1 if the key has a session that carried data in the last three minutes.",
    labels: ["group", "key"])
  static let peerReceived = MetricDescription(
    "wpex_relay_peer_received_bytes_total", .counter, "Bytes of data received from the key's peer.",
    labels: ["group", "key"])
  static let peerSent = MetricDescription(
    "wpex_relay_peer_sent_bytes_total", .counter, "Bytes of data for the key's peer.", labels: ["group", "key"])
  static let peerPath = MetricDescription(
    "wpex_relay_peer_path_seconds", .gauge, "Round-trip time from the relay to the key's peer, at its last handshake.",
    labels: ["group", "key"])
  static let occupancy = MetricDescription(
    "wpex_relay_batch_messages", .histogram, "Messages returned by one receive call.")
  static let segmentedShare = MetricDescription(
    "wpex_relay_gso_share", .gauge, "Share of the forwarded datagrams that were sent in messages of several.")
  static let members = MetricDescription(
    "wpex_relay_cluster_members", .gauge, "Other members of the cluster, by state.", labels: ["state"])
  static let homes = MetricDescription(
    "wpex_relay_cluster_homes", .gauge, "Addresses of peers whose packets arrive at this member.")
  static let agreement = MetricDescription(
    "wpex_relay_cluster_agrees", .gauge, "1 if all members that are reached have the same records as this one.")
  static let crossedPackets = MetricDescription(
    "wpex_relay_cluster_data_packets_total", .counter,
    "Datagrams of peers that crossed members: received from other members, and sent to them.", labels: ["direction"])
  static let crossedBytes = MetricDescription(
    "wpex_relay_cluster_data_bytes_total", .counter,
    "Bytes of UDP payload that crossed members: received from other members, and sent to them.", labels: ["direction"])
  static let uptime = MetricDescription("wpex_relay_uptime_seconds", .gauge, "Time since the process started.")
  static let reloads = MetricDescription(
    "wpex_relay_reloads_total", .counter, "Reloads of keys and configuration, by outcome.", labels: ["outcome"])
  static let serial = MetricDescription(
    "wpex_relay_declaration_serial", .gauge,
    "Serial of the declaration in force; absent if the files came without one.")
  static let probeReached = MetricDescription(
    "wpex_relay_probe_reached", .gauge, "1 if the declared probe reached its target the last time.",
    labels: ["probe"])
  static let probeSeconds = MetricDescription(
    "wpex_relay_probe_seconds", .gauge, "Median round-trip time of the declared ping.", labels: ["probe"])
  static let build = MetricDescription(
    "wpex_relay_build_info", .gauge, "Always 1; the labels describe the running program.",
    labels: ["version", "mac_search"])

  /// Number of keys with metrics of their own. Further keys count only in the sums and in `/api/v1/stats`.
  package static let maxPeersWithMetrics = 2_000

  /// Returns the metric of a counter.
  static func description(of counter: Counter) -> MetricDescription {
    MetricDescription("\(prefix)\(counter.label)_total", .counter, counter.explanation)
  }

  /// All metrics, in the order of the text.
  package static var all: [MetricDescription] {
    Counter.allCases.map(description(of:)) + [
      dropped, initiations, responses, handshakes, sessions, candidates, pending, addresses, roaming, keys, peers,
      peerConnected, peerReceived, peerSent, peerPath, occupancy, segmentedShare, members, homes, agreement,
      crossedPackets,
      crossedBytes, uptime, reloads, serial, probeReached, probeSeconds, build,
    ]
  }

  /// Returns the metrics text of a report.
  static func text(_ report: RelayReport) -> String {
    var writer = MetricsWriter()
    let statistics = report.statistics
    for counter in Counter.allCases { writer.write(description(of: counter), Double(report.counters[counter] ?? 0)) }
    writer.write(dropped, DropReason.allCases.map { ([$0.label], Double(report.drops[$0] ?? 0)) })
    writer.write(initiations, Double(statistics.initiations))
    writer.write(responses, Double(statistics.responses))
    writer.write(handshakes, Double(statistics.handshakes))
    writer.write(sessions, Double(statistics.sessions))
    writer.write(candidates, Double(statistics.candidates))
    writer.write(pending, Double(statistics.pendingInitiations))
    writer.write(addresses, Double(statistics.addresses))
    writer.write(roaming, Double(statistics.roamingCandidates))
    writer.write(keys, Double(report.configuration.keys))
    writer.write(peers, Double(statistics.peers.count { $0.state == .connected }))
    let shown = statistics.peers.prefix(maxPeersWithMetrics)
    writer.write(peerConnected, shown.map { ([$0.group, $0.name], $0.state == .connected ? 1 : 0) })
    writer.write(peerReceived, shown.map { ([$0.group, $0.name], Double($0.receivedBytes)) })
    writer.write(peerSent, shown.map { ([$0.group, $0.name], Double($0.sentBytes)) })
    writer.write(peerPath, shown.compactMap { peer in peer.pathTime.map { ([peer.group, peer.name], $0 / 1_000) } })
    writer.writeHistogram(
      occupancy, bounds: CounterBlock.occupancyBounds.map(Double.init), counts: report.occupancy,
      sum: Double(report.counters[.receivedMessages] ?? 0))
    let forwarded = Double(report.counters[.forwardedPackets] ?? 0)
    writer.write(segmentedShare, forwarded > 0 ? Double(report.counters[.segmentedPackets] ?? 0) / forwarded : 0)
    if let cluster = report.cluster {
      let states = Dictionary(grouping: cluster.members, by: \.state.rawValue).mapValues(\.count)
      writer.write(members, states.sorted { $0.key < $1.key }.map { ([$0.key], Double($0.value)) })
      writer.write(homes, Double(cluster.homes))
      writer.write(agreement, cluster.members.allSatisfy { $0.state == .suspect || $0.agrees } ? 1 : 0)
      let crossed = [("received", cluster.fromMembers), ("sent", cluster.toMembers)]
      writer.write(crossedPackets, crossed.map { ([$0.0], Double($0.1.packets)) })
      writer.write(crossedBytes, crossed.map { ([$0.0], Double($0.1.bytes)) })
    }
    writer.write(uptime, report.uptimeSeconds)
    writer.write(
      reloads,
      [
        (["succeeded"], Double(report.configuration.reloads)), (["failed"], Double(report.configuration.failedReloads)),
      ])
    if let declaration = report.configuration.declaration { writer.write(serial, Double(declaration.serial)) }
    let outcomes = report.probes.compactMap { probe in probe.outcome.map { (probe.probe.name, $0) } }
    writer.write(probeReached, outcomes.map { ([$0.0], $0.1.reached ? 1 : 0) })
    writer.write(
      probeSeconds,
      outcomes.compactMap { name, outcome in
        let sorted = outcome.times.sorted()
        return sorted.isEmpty ? nil : ([name], sorted[sorted.count / 2] / 1_000)
      })
    writer.write(build, [([WpexVersion.text, report.configuration.macSearch], 1)])
    return writer.text
  }
}
