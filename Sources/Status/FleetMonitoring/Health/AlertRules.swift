import ConfigModel
import TextFormats

/// Rules that derive alerts from one relay, one organization or the platform.
///
/// Pure functions: the caller carries over the time since which an alert has lasted.
enum AlertRules {
  /// Percentage of a bandwidth cap at which an alert is raised.
  static let bandwidthPercent = 80.0
  /// Seconds a relay may take to start.
  static let startTimeout = 120.0
  /// Seconds a running relay may fail to answer.
  static let silenceTimeout = 30.0
  /// Seconds for which a relay may have fewer processes than declared, or processes that disagree.
  static let memberTimeout = 30.0

  /// Returns alerts on keys that have expired or expire soon.
  static func keys(
    _ organization: OrganizationExpectation, _ thresholds: AlertThresholds, today: CivilDate, time: Double
  ) -> [Alert] {
    organization.keys.compactMap { key in
      guard let expires = key.expires else { return nil }
      let days = expires.daysSinceEpoch - today.daysSinceEpoch
      guard days <= thresholds.keyExpiryDays else { return nil }
      let isOver = days < 0
      return Alert(
        isOver ? .keyExpired : .keyExpiring, .warning, org: organization.org, key: key.name, since: time,
        value: Double(days), threshold: Double(thresholds.keyExpiryDays),
        summary: "key \(organization.org)/\(key.name) \(isOver ? "has expired" : "expires soon")",
        detail: StatusText(isOver ? .keyExpired : .keyExpires, ["date": .string(expires.description)]))
    }
  }

  /// Returns alerts on an organization's service level and bandwidth.
  static func organization(_ organization: OrganizationExpectation, _ kpi: PlatformKPI, time: Double) -> [Alert] {
    var alerts: [Alert] = []
    if kpi.sla.isMet == false, let percent = kpi.sla.percent, let target = kpi.sla.target {
      alerts.append(
        Alert(
          .slaMissed, .warning, org: organization.org, since: time, value: percent, threshold: target,
          summary: "\(organization.org) gets less than its service level",
          detail: StatusText(.slaMissed, ["percent": .measured(percent), "target": .measured(target)])))
    }
    if let cap = organization.bandwidthMbps, cap > 0 {
      let percent = max(kpi.receivedBitsPerSecond, kpi.forwardedBitsPerSecond) / (Double(cap) * 1e6) * 100
      if percent >= bandwidthPercent {
        alerts.append(
          Alert(
            .organizationBandwidth, .warning, org: organization.org, since: time, value: percent,
            threshold: bandwidthPercent, summary: "\(organization.org) is near its bandwidth limit",
            detail: StatusText(
              .organizationBandwidthUsed, ["percent": .integer(Int(clamping: percent)), "limit": .integer(cap)])))
      }
    }
    return alerts
  }

  /// Returns alerts on the sync: failures, held plans, errors and drift.
  static func sync(_ sync: SyncObservation, time: Double) -> [Alert] {
    var alerts: [Alert] = []
    if let failure = sync.failure {
      alerts.append(
        Alert(
          .syncFailing, .critical, since: time, summary: "the repository is not being applied",
          detail: [Statement(.organizationsKept), .quoted(failure)]))
    }
    for (region, steps) in sync.held.sorted(by: { $0.key < $1.key }) where steps > 0 {
      alerts.append(
        Alert(
          .syncHeld, .warning, subject: region, since: time, value: Double(steps),
          summary: "changes in region \(region) wait for approval",
          detail: StatusText(.changesHeld, ["count": .integer(steps)])))
    }
    for (org, errors) in sync.errors.sorted(by: { $0.key < $1.key }) where errors > 0 {
      alerts.append(
        Alert(
          .organizationKept, .warning, org: org, since: time, value: Double(errors),
          summary: "\(org) stays at its last good commit",
          detail: StatusText(.configurationErrors, ["count": .integer(errors)])))
    }
    for (org, objects) in sync.drifted.sorted(by: { $0.key < $1.key }) where objects > 0 {
      alerts.append(
        Alert(
          .drift, .info, org: org, since: time, value: Double(objects),
          summary: "objects of \(org) were changed outside wpex",
          detail: StatusText(.driftCorrected, ["count": .integer(objects)])))
    }
    return alerts
  }

  /// Returns an alert if a data source cannot be read.
  static func source(_ source: SourceCondition, time: Double) -> Alert? {
    source.problem.map {
      Alert(
        .sourceUnreadable, .warning, subject: source.name, since: time, summary: "the \(source.name) cannot be read",
        detail: [Statement(.sourceOutOfDate)] + $0)
    }
  }
}

extension [Alert] {
  /// Returns these alerts, each with the earlier start time if it was present in `earlier`.
  func lasting(since earlier: [Alert]) -> [Alert] {
    let known = Dictionary(earlier.map { ($0.id, $0.since) }) { first, _ in first }
    return map { alert in
      var alert = alert
      if let since = known[alert.id] { alert.since = Swift.min(since, alert.since) }
      return alert
    }
  }
}
