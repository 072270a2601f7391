import ConfigModel

/// What wants attention, judged by one relay, one organization, or the platform. Pure; `since` is set by who keeps them.
enum AlertRules {
  /// Percent of a bandwidth cap from which somebody is warned.
  static let bandwidthPercent = 80.0
  /// Seconds for which a relay may start, and for which one that runs may not answer.
  static let startPatience = 120.0
  static let silencePatience = 30.0

  static func relay(_ record: RelayRecord, _ thresholds: AlertThresholds) -> [Alert] {
    guard let observation = record.observation, record.expectation.isRunning else { return [] }
    let id = record.expectation.relay
    let time = observation.time
    var alerts: [Alert] = []
    func raise(
      _ kind: Alert.Kind, _ severity: Alert.Severity, value: Double? = nil, threshold: Double? = nil, _ message: String
    ) {
      alerts.append(
        Alert(
          kind, severity, org: id.org, relay: id.name, since: time, value: value, threshold: threshold, message: message
        ))
    }

    if let reason = downReason(record, observation) {
      raise(.relayDown, .critical, "\(id) is down: \(reason)")
    } else if let score = record.health.score, score < thresholds.health, observation.condition == .running {
      raise(
        .relayCritical, .critical, value: Double(score), threshold: Double(thresholds.health),
        "the health of \(id) is \(score), below \(thresholds.health): its page shows which component is low")
    }
    if observation.restarts > thresholds.restarts {
      raise(
        .restarts, .warning, value: Double(observation.restarts), threshold: Double(thresholds.restarts),
        "\(id) was started again \(observation.restarts) times, more than \(thresholds.restarts): read its log and events"
      )
    }
    if let count = record.handshakes, let success = count.success,
      count.attempts > UInt64(clamping: thresholds.minimumHandshakes),
      success * 100 < Double(thresholds.handshakeSuccessPercent)
    {
      raise(
        .handshakeSuccess, .warning, value: success * 100, threshold: Double(thresholds.handshakeSuccessPercent),
        "only \(count.completed) of \(count.attempts) handshakes at \(id) led to a session in five minutes; see which "
          + "keys are not connected")
    }
    if let cap = record.expectation.bandwidthMbps, cap > 0 {
      let percent = record.throughput.highest / (Double(cap) * 1e6) * 100
      if percent >= bandwidthPercent {
        raise(
          .bandwidth, .warning, value: percent, threshold: bandwidthPercent,
          "\(id) uses \(Int(clamping: percent)) % of its \(cap) Mbit/s: beyond it, datagrams are dropped")
      }
    }
    if case .unreachable(let reason) = observation.port, observation.condition == .running {
      raise(.portUnreachable, .critical, "the UDP port of \(id) cannot be reached: \(reason)")
    }
    return alerts
  }

  private static func downReason(_ record: RelayRecord, _ observation: RelayObservation) -> String? {
    let lasted = record.conditionSince.map { observation.time - $0 } ?? 0
    switch observation.condition {
    case .failed: return observation.detail
    case .stopped: return "it is declared to run, and does not"
    case .starting where lasted >= startPatience:
      return "it has been starting for \(Int(clamping: lasted)) s: \(observation.detail)"
    case .running:
      guard let since = record.silentSince, observation.time - since >= silencePatience else { return nil }
      let reason = observation.instances.lazy.compactMap { instance -> String? in
        if case .silent(let reason) = instance.answer { reason } else { nil }
      }.first
      return "it runs, and does not answer: \(reason ?? observation.problem ?? "no instance is ready")"
    case .starting, .unreachable: return nil
    }
  }

  static func keys(
    _ organization: OrganizationExpectation, _ thresholds: AlertThresholds, today: CivilDate, time: Double
  )
    -> [Alert]
  {
    organization.keys.compactMap { key in
      guard let expires = key.expires else { return nil }
      let days = expires.daysSinceEpoch - today.daysSinceEpoch
      guard days <= thresholds.keyExpiryDays else { return nil }
      let renew = "set a later `expires`, or revoke it"
      return days < 0
        ? Alert(
          .keyExpired, .warning, org: organization.org, key: key.name, since: time, value: Double(days),
          threshold: Double(thresholds.keyExpiryDays),
          message: "key \(organization.org)/\(key.name) was valid until \(expires), and no relay lets it in: \(renew)")
        : Alert(
          .keyExpiring, .warning, org: organization.org, key: key.name, since: time, value: Double(days),
          threshold: Double(thresholds.keyExpiryDays),
          message: "key \(organization.org)/\(key.name) is valid until \(expires) only: \(renew)")
    }
  }

  static func organization(_ organization: OrganizationExpectation, _ kpi: PlatformKPI, time: Double) -> [Alert] {
    var alerts: [Alert] = []
    if kpi.sla.isMet == false, let percent = kpi.sla.percent, let target = kpi.sla.target {
      alerts.append(
        Alert(
          .slaMissed, .warning, org: organization.org, since: time, value: percent, threshold: target,
          message: "relays of \(organization.org) were up \(decimal(percent)) % of the time that was observed; "
            + "\(decimal(target)) % is promised"))
    }
    if let cap = organization.bandwidthMbps, cap > 0 {
      let percent = max(kpi.receivedBitsPerSecond, kpi.forwardedBitsPerSecond) / (Double(cap) * 1e6) * 100
      if percent >= bandwidthPercent {
        alerts.append(
          Alert(
            .organizationBandwidth, .warning, org: organization.org, since: time, value: percent,
            threshold: bandwidthPercent,
            message: "relays of \(organization.org) use \(Int(clamping: percent)) % of its \(cap) Mbit/s together"))
      }
    }
    return alerts
  }

  static func sync(_ sync: SyncObservation, time: Double) -> [Alert] {
    var alerts: [Alert] = []
    if let failure = sync.failure {
      alerts.append(
        Alert(
          .syncFailing, .critical, since: time,
          message: "the repository is not being applied; everything stays at its last good state: \(failure)"))
    }
    for (region, steps) in sync.held.sorted(by: { $0.key < $1.key }) where steps > 0 {
      alerts.append(
        Alert(
          .syncHeld, .warning, subject: region, since: time, value: Double(steps),
          message: "\(steps) steps in region \(region) wait for approval: see `wpex approve`"))
    }
    for (org, errors) in sync.errors.sorted(by: { $0.key < $1.key }) where errors > 0 {
      alerts.append(
        Alert(
          .organizationKept, .warning, org: org, since: time, value: Double(errors),
          message: "\(org) has \(errors) errors and stays at its last good commit: correct them, see `wpex check`"))
    }
    for (org, objects) in sync.drifted.sorted(by: { $0.key < $1.key }) where objects > 0 {
      alerts.append(
        Alert(
          .drift, .info, org: org, since: time, value: Double(objects),
          message: "\(objects) objects of \(org) were changed by another hand and put right"))
    }
    return alerts
  }

  static func source(_ source: SourceCondition, time: Double) -> Alert? {
    source.problem.map {
      Alert(
        .sourceUnreadable, .warning, subject: source.name, since: time,
        message: "the \(source.name) cannot be read, and what comes from it is old: \($0)")
    }
  }

  /// With three digits behind the point, without zeros at the end.
  private static func decimal(_ number: Double) -> String {
    let text = "\((number * 1_000).rounded(.down) / 1_000)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}

extension [Alert] {
  /// These alerts, with the time since which those last that were there before.
  func lasting(since earlier: [Alert]) -> [Alert] {
    let known = Dictionary(earlier.map { ($0.id, $0.since) }) { first, _ in first }
    return map { alert in
      var alert = alert
      if let since = known[alert.id] { alert.since = Swift.min(since, alert.since) }
      return alert
    }
  }
}
