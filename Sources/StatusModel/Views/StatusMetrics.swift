import ConfigModel
import FleetHealth
import PrometheusText

/// Figures of relays for Prometheus: of those that the viewer may see.
package enum StatusMetrics {
  static let health = MetricDescription(
    "wpex_relay_health_score", .gauge, "Health of a relay, 0 to 100.", labels: ["org", "relay", "region"])
  static let up = MetricDescription(
    "wpex_relay_up", .gauge, "1 where a relay runs as it is declared.", labels: ["org", "relay", "region"])
  static let expected = MetricDescription(
    "wpex_relay_expected_up", .gauge, "1 where a relay is declared to run.", labels: ["org", "relay", "region"])
  static let sessions = MetricDescription(
    "wpex_relay_live_sessions", .gauge, "Live sessions of a relay.", labels: ["org", "relay", "region"])
  static let peers = MetricDescription(
    "wpex_relay_connected_keys", .gauge, "Active keys with a live session.", labels: ["org", "relay", "region"])
  static let peersExpected = MetricDescription(
    "wpex_relay_active_keys", .gauge, "Active keys that a relay lets in.", labels: ["org", "relay", "region"])
  static let restarts = MetricDescription(
    "wpex_relay_restart_count", .gauge, "How often a relay's containers or processes were started again.",
    labels: ["org", "relay", "region"])
  static let handshakeSuccess = MetricDescription(
    "wpex_relay_handshake_success_ratio", .gauge, "Share of the handshakes of five minutes that led to a session.",
    labels: ["org", "relay", "region"])
  static let received = MetricDescription(
    "wpex_relay_receive_bits_per_second", .gauge, "What a relay gets from peers.", labels: ["org", "relay", "region"])
  static let sent = MetricDescription(
    "wpex_relay_send_bits_per_second", .gauge, "What a relay sends to peers.", labels: ["org", "relay", "region"])
  static let alerts = MetricDescription(
    "wpex_status_alerts", .gauge, "Alerts by urgency.", labels: ["severity"])
  static let sla = MetricDescription(
    "wpex_org_sla_attained_percent", .gauge, "Percent of the watched time for which relays were up.", labels: ["org"])

  /// All of them, in the order of the text.
  static let all = [
    health, up, expected, sessions, peers, peersExpected, restarts, handshakeSuccess, received, sent, alerts, sla,
  ]

  package static func text(_ sight: Sight) -> String {
    var writer = MetricsWriter()
    let rows = sight.relays(.metricsRead)
    func write(_ metric: MetricDescription, _ value: (RelayRow) -> Double?) {
      writer.write(
        metric,
        rows.compactMap { row in
          value(row).map { ([row.org, row.declared.name, row.declared.spec.region], $0) }
        })
    }
    write(health) { $0.level == .stopped ? nil : $0.record?.health.score.map(Double.init) }
    write(up) { $0.status == .unknown ? nil : $0.status == .current ? 1 : 0 }
    write(expected) { $0.record?.expectation.isRunning ?? $0.declared.isRunning ? 1 : 0 }
    write(sessions) { $0.record.map { Double($0.sessions) } }
    write(peers) { $0.record.map { Double($0.connectedKeys) } }
    write(peersExpected) { Double($0.declared.activeKeys.count) }
    write(restarts) { $0.observation.map { Double($0.restarts) } }
    write(handshakeSuccess) { $0.record?.handshakes?.success }
    write(received) { $0.record.map(\.throughput.received) }
    write(sent) { $0.record.map(\.throughput.forwarded) }
    let counts = sight.alerts(.metricsRead).reduce(into: [Alert.Severity: Double]()) {
      $0[$1.severity, default: 0] += 1
    }
    writer.write(alerts, Alert.Severity.allCases.map { ([$0.rawValue], counts[$0] ?? 0) })
    writer.write(
      sla,
      sight.organizations(.metricsRead).compactMap { organization in
        sight.kpi(of: organization)?.sla.percent.map { ([organization.name], $0) }
      })
    return writer.text
  }
}
