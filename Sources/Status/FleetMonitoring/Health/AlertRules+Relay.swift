import ConfigModel
import TextFormats

extension AlertRules {
  /// Returns the alerts of a relay; none if it is declared to be off or was not observed yet.
  static func relay(_ record: RelayRecord, _ thresholds: AlertThresholds) -> [Alert] {
    guard let observation = record.observation, record.expectation.isRunning else { return [] }
    let id = record.expectation.relay
    var alerts: [Alert] = []
    func raise(
      _ kind: Alert.Kind, _ severity: Alert.Severity, value: Double? = nil, threshold: Double? = nil, _ summary: String,
      _ detail: String
    ) {
      alerts.append(
        Alert(
          kind, severity, org: id.org, relay: id.name, since: observation.time, value: value, threshold: threshold,
          summary: "relay \(id) \(summary)", detail: detail))
    }

    if let reason = downReason(record, observation) {
      raise(.relayDown, .critical, "is down", reason)
    } else if let score = record.health.score, score < thresholds.health, observation.condition == .running {
      raise(
        .relayCritical, .critical, value: Double(score), threshold: Double(thresholds.health), "is in a critical state",
        "its health is \(score), below \(thresholds.health): its page shows which component is low")
    }
    if observation.restarts > thresholds.restarts {
      raise(
        .restarts, .warning, value: Double(observation.restarts), threshold: Double(thresholds.restarts),
        "restarts again and again",
        "it was started again \(counted(observation.restarts, "time")), more than \(thresholds.restarts): read its log and events"
      )
    }
    if let count = record.handshakes, let success = count.success,
      count.attempts > UInt64(clamping: thresholds.minimumHandshakes),
      success * 100 < Double(thresholds.handshakeSuccessPercent)
    {
      raise(
        .handshakeSuccess, .warning, value: success * 100, threshold: Double(thresholds.handshakeSuccessPercent),
        "loses handshakes",
        "\(count.completed) of \(count.attempts) led to a session in five minutes: see which keys are not connected")
    }
    if record.answers, let cap = record.expectation.bandwidthMbps, cap > 0 {
      let percent = record.throughput.highest / (Double(cap) * 1e6) * 100
      if percent >= bandwidthPercent {
        raise(
          .bandwidth, .warning, value: percent, threshold: bandwidthPercent, "is near its bandwidth limit",
          "it uses \(Int(clamping: percent)) % of its \(cap) Mbit/s: beyond it, datagrams are dropped")
      }
    }
    if case .unreachable(let reason) = observation.port, observation.condition == .running {
      raise(.portUnreachable, .critical, "cannot be reached at its port", reason)
    }
    return alerts
  }

  private static func downReason(_ record: RelayRecord, _ observation: RelayObservation) -> String? {
    let lasted = record.conditionSince.map { observation.time - $0 } ?? 0
    switch observation.condition {
    case .failed: return observation.detail
    case .stopped: return "it is declared to run, and does not"
    case .starting where lasted >= startTimeout:
      return "it has been starting for \(Int(clamping: lasted)) s: \(observation.detail)"
    case .running:
      guard let since = record.silentSince, observation.time - since >= silenceTimeout else { return nil }
      let reason = observation.instances.lazy.compactMap { instance -> String? in
        if case .silent(let reason) = instance.answer { reason } else { nil }
      }.first
      return "it runs, and does not answer: \(reason ?? observation.problem ?? "no instance is ready")"
    case .starting, .unreachable: return nil
    }
  }
}
