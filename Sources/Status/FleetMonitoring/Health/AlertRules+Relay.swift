import ConfigModel
import RelayWire
import TextFormats

extension AlertRules {
  /// Returns the alerts of a relay; none if it is declared to be off or was not observed yet.
  static func relay(_ record: RelayRecord, _ thresholds: AlertThresholds) -> [Alert] {
    guard let observation = record.observation, record.expectation.isRunning else { return [] }
    let id = record.expectation.relay
    var alerts: [Alert] = []
    func raise(
      _ kind: Alert.Kind, _ severity: Alert.Severity, value: Double? = nil, threshold: Double? = nil, _ summary: String,
      _ detail: StatusText
    ) {
      alerts.append(
        Alert(
          kind, severity, org: id.org, relay: id.name, since: observation.time, value: value, threshold: threshold,
          summary: "relay \(id) \(summary)", detail: detail))
    }

    if let reason = downReason(record, observation) {
      raise(.relayDown, .critical, "is down", reason)
    } else if let score = record.health.score, score < thresholds.health, observation.phase == .current {
      raise(
        .relayCritical, .critical, value: Double(score), threshold: Double(thresholds.health), "is in a critical state",
        StatusText(.healthLow, ["score": .integer(score), "threshold": .integer(thresholds.health)]))
    }
    if let members = record.members, record.answers {
      if let since = record.shortSince, observation.time - since >= memberTimeout {
        raise(
          .memberMissing, .warning, value: Double(members.ready), threshold: Double(members.expected),
          "lacks a process",
          StatusText(.membersMissing, ["ready": .integer(members.ready), "count": .integer(members.expected)]))
      }
      if let since = record.disagreeingSince, observation.time - since >= memberTimeout {
        raise(
          .membersDisagree, .warning, "has processes that disagree",
          StatusText(.membersDisagree, ["seconds": .integer(Int(clamping: observation.time - since))]))
      }
    }
    if let enforcement = record.enforcement, enforcement.state == .notInForce {
      let first = enforcement.missing.first
      raise(
        .notInForce, .critical, value: Double(enforcement.instances - enforcement.missing.count { $0.instance != nil }),
        threshold: Double(enforcement.instances), "does not have what was applied in force",
        StatusText(
          .notInForce,
          [
            "instance": .string(first?.instance ?? id.name),
            "reason": .string(first?.reason ?? ""),
          ]))
    }
    if observation.restarts > thresholds.restarts {
      raise(
        .restarts, .warning, value: Double(observation.restarts), threshold: Double(thresholds.restarts),
        "restarts again and again",
        StatusText(
          .restartsHigh, ["count": .integer(observation.restarts), "threshold": .integer(thresholds.restarts)]))
    }
    if let count = record.handshakes, let success = count.success,
      count.attempts > UInt64(clamping: thresholds.minimumHandshakes),
      success * 100 < Double(thresholds.handshakeSuccessPercent)
    {
      raise(
        .handshakeSuccess, .warning, value: success * 100, threshold: Double(thresholds.handshakeSuccessPercent),
        "loses handshakes",
        StatusText(
          .handshakesLow,
          ["completed": .integer(Int(clamping: count.completed)), "count": .integer(Int(clamping: count.attempts))]))
    }
    if record.answers, let cap = record.expectation.bandwidthMbps, cap > 0 {
      let percent = record.throughput.highest / (Double(cap) * 1e6) * 100
      if percent >= bandwidthPercent {
        raise(
          .bandwidth, .warning, value: percent, threshold: bandwidthPercent, "is near its bandwidth limit",
          StatusText(.bandwidthUsed, ["percent": .integer(Int(clamping: percent)), "limit": .integer(cap)]))
      }
    }
    if case .unreachable(let reason) = observation.port, observation.phase == .current {
      raise(.portUnreachable, .critical, "cannot be reached at its port", reason)
    }
    return alerts
  }

  private static func downReason(_ record: RelayRecord, _ observation: RelayObservation) -> StatusText? {
    let lasted = record.phaseSince.map { observation.time - $0 } ?? 0
    switch observation.phase {
    case .failed: return observation.detail
    case .stopped: return [Statement(.notRunning)]
    case .inProgress where lasted >= startTimeout:
      return StatusText(.startingLong, ["seconds": .integer(Int(clamping: lasted))]) + observation.detail
    case .current, .unreachable:
      guard let since = record.silentSince, observation.time - since >= silenceTimeout else { return nil }
      let reason = observation.instances.lazy.compactMap { instance -> StatusText? in
        if case .silent(let reason) = instance.answer { reason } else { nil }
      }.first
      return [Statement(.runningSilent)] + (reason ?? observation.problem ?? [Statement(.noInstanceReady)])
    case .inProgress, .unknown: return nil
    }
  }
}
