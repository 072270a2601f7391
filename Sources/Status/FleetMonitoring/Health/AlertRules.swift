import ConfigModel
import TextFormats

/// What wants attention, judged by one relay, one organization, or the platform. Pure; whoever keeps the alerts sets since
/// when they last.
enum AlertRules {
  /// Percent of a bandwidth cap from which somebody is warned.
  static let bandwidthPercent = 80.0
  /// Seconds for which a relay may start, and for which one that runs may not answer.
  static let startPatience = 120.0
  static let silencePatience = 30.0

  static func keys(
    _ organization: OrganizationExpectation, _ thresholds: AlertThresholds, today: CivilDate, time: Double
  ) -> [Alert] {
    organization.keys.compactMap { key in
      guard let expires = key.expires else { return nil }
      let days = expires.daysSinceEpoch - today.daysSinceEpoch
      guard days <= thresholds.keyExpiryDays else { return nil }
      let isOver = days < 0
      let advice = "set a later `expires`, or revoke it"
      return Alert(
        isOver ? .keyExpired : .keyExpiring, .warning, org: organization.org, key: key.name, since: time,
        value: Double(days), threshold: Double(thresholds.keyExpiryDays),
        summary: "key \(organization.org)/\(key.name) \(isOver ? "has expired" : "expires soon")",
        detail: isOver
          ? "it was valid until \(expires), and no relay lets it in: \(advice)"
          : "it is valid until \(expires): \(advice)")
    }
  }

  static func organization(_ organization: OrganizationExpectation, _ kpi: PlatformKPI, time: Double) -> [Alert] {
    var alerts: [Alert] = []
    if kpi.sla.isMet == false, let percent = kpi.sla.percent, let target = kpi.sla.target {
      alerts.append(
        Alert(
          .slaMissed, .warning, org: organization.org, since: time, value: percent, threshold: target,
          summary: "\(organization.org) gets less than its service level",
          detail: "its relays were up \(decimal(percent)) % of the time that was observed; "
            + "\(decimal(target)) % is promised"))
    }
    if let cap = organization.bandwidthMbps, cap > 0 {
      let percent = max(kpi.receivedBitsPerSecond, kpi.forwardedBitsPerSecond) / (Double(cap) * 1e6) * 100
      if percent >= bandwidthPercent {
        alerts.append(
          Alert(
            .organizationBandwidth, .warning, org: organization.org, since: time, value: percent,
            threshold: bandwidthPercent, summary: "\(organization.org) is near its bandwidth limit",
            detail: "its relays use \(Int(clamping: percent)) % of its \(cap) Mbit/s together"))
      }
    }
    return alerts
  }

  static func sync(_ sync: SyncObservation, time: Double) -> [Alert] {
    var alerts: [Alert] = []
    if let failure = sync.failure {
      alerts.append(
        Alert(
          .syncFailing, .critical, since: time, summary: "the repository is not being applied",
          detail: "everything stays at its last good state: \(failure)"))
    }
    for (region, steps) in sync.held.sorted(by: { $0.key < $1.key }) where steps > 0 {
      alerts.append(
        Alert(
          .syncHeld, .warning, subject: region, since: time, value: Double(steps),
          summary: "changes in region \(region) wait for approval",
          detail: "\(counted(steps, "object change")) \(steps == 1 ? "awaits" : "await") approval: `wpex sync approve`")
      )
    }
    for (org, errors) in sync.errors.sorted(by: { $0.key < $1.key }) where errors > 0 {
      alerts.append(
        Alert(
          .organizationKept, .warning, org: org, since: time, value: Double(errors),
          summary: "\(org) stays at its last good commit",
          detail: "its documents have \(counted(errors, "error")): `wpex validate` shows them"))
    }
    for (org, objects) in sync.drifted.sorted(by: { $0.key < $1.key }) where objects > 0 {
      alerts.append(
        Alert(
          .drift, .info, org: org, since: time, value: Double(objects),
          summary: "objects of \(org) were changed outside wpex",
          detail: "\(counted(objects, "object")) \(objects == 1 ? "was" : "were") put right: the audit log names them"))
    }
    return alerts
  }

  static func source(_ source: SourceCondition, time: Double) -> Alert? {
    source.problem.map {
      Alert(
        .sourceUnreadable, .warning, subject: source.name, since: time, summary: "the \(source.name) cannot be read",
        detail: "what comes from it is old: \($0)")
    }
  }

  /// With at most three digits behind the point, never rounded up to what is promised.
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
