import ConfigModel

/// Everything known about one organization.
struct OrganizationRecord: Sendable {
  var expectation: OrganizationExpectation
  var totals = Totals()
  private(set) var history = History()
  private var keyAlerts: [Alert] = []
  private var otherAlerts: [Alert] = []

  init(_ name: String) { expectation = OrganizationExpectation(name, isActive: false) }

  var alerts: [Alert] { keyAlerts + otherAlerts }

  /// Figures of the organization; its own alerts are not counted.
  var kpi: PlatformKPI {
    var kpi = totals.kpi
    kpi.organizations = 1
    kpi.organizationsActive = expectation.isActive ? 1 : 0
    kpi.keysActive = expectation.keys.count
    kpi.sla.target = expectation.slaTarget
    if kpi.sla.target != nil, let isMet = kpi.sla.isMet {
      kpi.sla.organizationsWithTarget = 1
      kpi.sla.organizationsMeeting = isMet ? 1 : 0
    }
    return kpi
  }

  /// Updates the alerts on service level and bandwidth.
  mutating func judge(at time: Double) {
    otherAlerts = AlertRules.organization(expectation, kpi, time: time).lasting(since: otherAlerts)
  }

  /// Updates the alerts on expiring keys.
  mutating func judgeKeys(_ thresholds: AlertThresholds, at time: Double) {
    let today = CivilDate(unixSeconds: Int64(clamping: Int(clamping: time)))
    keyAlerts = AlertRules.keys(expectation, thresholds, today: today, time: time).lasting(since: keyAlerts)
  }

  mutating func addHistory(at time: Double) { history.add(kpi.historyValues, at: time) }
}

extension PlatformKPI {
  /// Values to add to the history; empty while nothing is known about any relay.
  var historyValues: [HistoryMetric: Double] {
    guard relaysByLevel.contains(where: { $0.key != .unknown }) else { return [:] }
    var values: [HistoryMetric: Double] = [:]
    if isCounted {
      values = [
        .sessions: Double(sessions), .connectedPeers: Double(connectedPeers), .handshakeRate: handshakesPerSecond,
        .receivedBitsPerSecond: receivedBitsPerSecond, .forwardedBitsPerSecond: forwardedBitsPerSecond,
      ]
    }
    values[.health] = meanHealth
    values[.handshakeSuccess] = handshakeSuccess
    return values
  }
}
