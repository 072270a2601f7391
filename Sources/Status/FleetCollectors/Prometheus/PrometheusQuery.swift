import FleetMonitoring
import TextFormats

/// PromQL expressions for the metrics. The window of five minutes matches the live figures.
enum PrometheusQuery {
  /// Returns the expression for a metric of a relay, of an organization, or of the platform if both are nil.
  static func text(_ metric: HistoryMetric, org: String?, relay: String?, _ labels: PrometheusHistory.Labels) -> String
  {
    func selected(_ name: String, _ orgLabel: String, _ relayLabel: String, _ matcher: String? = nil) -> String {
      let matchers = [
        org.map { "\(orgLabel)=\"\(quoted($0))\"" }, relay.map { "\(relayLabel)=\"\(quoted($0))\"" }, matcher,
      ]
      return "\(name){\(matchers.compactMap { $0 }.joined(separator: ","))}"
    }
    func own(_ name: String, _ matcher: String? = nil) -> String { selected(name, labels.org, labels.relay, matcher) }
    func rate(_ name: String, _ matcher: String? = nil) -> String { "sum(rate(\(own(name, matcher))[5m]))" }
    // Every process of a relay reports what they all know.
    func shared(_ name: String) -> String { "sum(max by (\(labels.org),\(labels.relay)) (\(own(name))))" }
    // Every process counts what crosses it, also if it comes from another one or goes to one.
    func bits(_ name: String, _ direction: String) -> String {
      let crossing = rate("wpex_relay_cluster_data_bytes_total", "direction=\"\(direction)\"")
      return "(\(rate(name)) - (\(crossing) or vector(0))) * 8"
    }
    return switch metric {
    // Health is computed by this server only, so it is read from the server's own metrics.
    case .health: "avg(\(selected(FleetMetrics.relayHealth.name, "org", "relay")))"
    case .sessions: shared("wpex_relay_sessions")
    case .connectedPeers: shared("wpex_relay_connected_peers")
    case .handshakeRate: rate("wpex_relay_handshakes_total")
    case .handshakeSuccess:
      "clamp_max(\(rate("wpex_relay_handshakes_total")) / (\(rate("wpex_relay_handshake_initiations_total")) > 0), 1)"
    case .receivedBitsPerSecond: bits("wpex_relay_received_bytes_total", "received")
    case .forwardedBitsPerSecond: bits("wpex_relay_forwarded_bytes_total", "sent")
    }
  }

  /// Escapes a text for a double-quoted string in PromQL.
  private static func quoted(_ text: String) -> String {
    text.map { $0 == "\\" ? "\\\\" : $0 == "\"" ? "\\\"" : $0 == "\n" ? "\\n" : String($0) }.joined()
  }
}

/// Percent-encoding for URLs.
enum URLText {
  private static let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)

  /// Returns a text percent-encoded for use in a query (RFC 3986).
  static func escaped(_ text: String) -> String {
    text.utf8.map { byte in
      plain.contains(byte)
        ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }.joined()
  }
}
