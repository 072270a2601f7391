package import TextFormats

/// Prometheus metrics of the fleet, as exported by the status server. This is the only place that describes them.
package enum FleetMetrics {
  private static let ofRelay = ["org", "relay", "region"]

  package static let relayUp = MetricDescription(
    "wpex_fleet_relay_up", .gauge, "1 if a relay that is declared to run is running and answers.", labels: ofRelay)
  package static let relayHealth = MetricDescription(
    "wpex_fleet_relay_health", .gauge, "Health of a relay that is declared to run, 0 to 100.", labels: ofRelay)
  package static let relayRestarts = MetricDescription(
    "wpex_fleet_relay_restarts", .gauge, "Restarts of the relay's containers or processes.",
    labels: ofRelay)
  package static let relaySessions = MetricDescription(
    "wpex_fleet_relay_sessions", .gauge, "Live sessions.", labels: ofRelay)
  package static let connectedKeys = MetricDescription(
    "wpex_fleet_relay_connected_keys", .gauge, "Declared keys with a live session.", labels: ofRelay)
  package static let expectedKeys = MetricDescription(
    "wpex_fleet_relay_expected_keys", .gauge, "Declared keys that the relay accepts.", labels: ofRelay)
  package static let readyMembers = MetricDescription(
    "wpex_fleet_relay_ready_members", .gauge, "Processes of a relay that share their sessions and are ready.",
    labels: ofRelay)
  package static let expectedMembers = MetricDescription(
    "wpex_fleet_relay_expected_members", .gauge, "Processes that such a relay declares.", labels: ofRelay)
  package static let membersAgree = MetricDescription(
    "wpex_fleet_relay_members_agree", .gauge,
    "1 if all processes of a relay that reach each other have the same records of sessions and homes.", labels: ofRelay)
  package static let relayInForce = MetricDescription(
    "wpex_fleet_relay_in_force", .gauge,
    "1 if every instance of a relay has what was applied in force, 0 if one has not had it for ten seconds.",
    labels: ofRelay)
  package static let windowHandshakes = MetricDescription(
    "wpex_fleet_relay_window_handshakes", .gauge, "Handshakes of the last five minutes: attempted or completed.",
    labels: ofRelay + ["stage"])
  package static let receivedBytesRate = MetricDescription(
    "wpex_fleet_relay_received_bytes_per_second", .gauge, "UDP payload received, between the last two polls.",
    labels: ofRelay)
  package static let forwardedBytesRate = MetricDescription(
    "wpex_fleet_relay_forwarded_bytes_per_second", .gauge,
    "UDP payload forwarded, between the last two polls.",
    labels: ofRelay)
  package static let bandwidthLimit = MetricDescription(
    "wpex_fleet_relay_bandwidth_limit_bytes_per_second", .gauge,
    "The relay's declared bandwidth limit in bytes, if it has one.",
    labels: ofRelay)
  package static let portReachable = MetricDescription(
    "wpex_fleet_relay_port_reachable", .gauge, "0 if the host refuses datagrams to the relay's port.",
    labels: ofRelay)
  package static let lastAnswer = MetricDescription(
    "wpex_fleet_relay_last_answer_timestamp_seconds", .gauge, "When the relay last reported its statistics.",
    labels: ofRelay)
  package static let attainment = MetricDescription(
    "wpex_fleet_organization_sla_attainment_percent", .gauge,
    "Share of the observed time for which the organization's relays were up.", labels: ["org"])
  package static let target = MetricDescription(
    "wpex_fleet_organization_sla_target_percent", .gauge, "Uptime that the organization is promised.", labels: ["org"])
  package static let errors = MetricDescription(
    "wpex_fleet_organization_errors", .gauge, "Errors that keep the organization at its last good commit.",
    labels: ["org"])
  package static let drifted = MetricDescription(
    "wpex_fleet_organization_drifted_objects", .gauge, "Objects that the last pass found changed outside wpex.",
    labels: ["org"])
  package static let keyExpiry = MetricDescription(
    "wpex_fleet_key_expiry_timestamp_seconds", .gauge, "When an active key's last day ends.", labels: ["org", "key"])
  package static let alerts = MetricDescription(
    "wpex_fleet_alerts", .gauge, "Current alerts; org is empty for the platform.",
    labels: ["org", "kind", "severity"])
  package static let syncFailing = MetricDescription(
    "wpex_fleet_sync_failing", .gauge, "1 if the repository is not being applied.")
  package static let syncHeld = MetricDescription(
    "wpex_fleet_sync_held_steps", .gauge, "Steps that wait for approval.", labels: ["region"])
  package static let sourceReadable = MetricDescription(
    "wpex_fleet_source_readable", .gauge, "0 if a cluster or store cannot be read.", labels: ["source"])

  /// All metrics, in the order of the text.
  package static let all = [
    relayUp, relayHealth, relayRestarts, relaySessions, connectedKeys, expectedKeys, readyMembers,
    expectedMembers, membersAgree, relayInForce, windowHandshakes, receivedBytesRate, forwardedBytesRate,
    bandwidthLimit,
    portReachable, lastAnswer, attainment, target, errors, drifted, keyExpiry,
    alerts,
    syncFailing, syncHeld, sourceReadable,
  ]
}
