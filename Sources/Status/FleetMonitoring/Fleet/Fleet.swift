package import ConfigModel

/// What is declared and what was seen of all relays. An observation of one relay costs what that relay is large, not what
/// the platform is: sums are kept by taking away the relay's old part and adding its new one.
package struct Fleet: Sendable {
  private var expectation = FleetExpectation()
  private var records: [RelayID: RelayRecord] = [:]
  private var parts: [RelayID: Totals] = [:]
  private var alerting: Set<RelayID> = []
  private var organizations: [String: OrganizationRecord] = [:]
  private var totals = Totals()
  private var platformHistory = History()
  package private(set) var sync = SyncObservation()
  /// By name.
  package private(set) var sources: [String: SourceCondition] = [:]
  private var syncAlerts: [Alert] = []
  private var sourceAlerts: [Alert] = []
  /// Grows with every change: what was made from the fleet is as old as this number was then.
  package private(set) var revision: UInt64 = 0

  package init() {}

  // MARK: - What comes in

  /// Takes what a commit declares. Relays that stay keep what was seen of them.
  ///
  /// - Parameter time: seconds since 1970.
  package mutating func expect(_ expectation: FleetExpectation, at time: Double) {
    self.expectation = expectation
    let declared = Set(expectation.relays.map(\.relay))
    for relay in records.keys where !declared.contains(relay) {
      remove(relay)
      records[relay] = nil
    }
    let names = Set(expectation.organizations.map(\.org)).union(declared.map(\.org))
    organizations = organizations.filter { names.contains($0.key) }
    for name in names where organizations[name] == nil { organizations[name] = OrganizationRecord(name) }
    for organization in expectation.organizations { organizations[organization.org]?.expectation = organization }
    for relay in expectation.relays {
      change(relay.relay) { record in
        record.expectation = relay
        record.judge(expectation.thresholds)
      } orMake: {
        RelayRecord(relay)
      }
    }
    for name in names {
      organizations[name]?.judgeKeys(expectation.thresholds, at: time)
      organizations[name]?.judge(at: time)
    }
    revision += 1
  }

  /// Takes what was seen of a relay; of one that is not declared, nothing.
  package mutating func observe(_ observation: RelayObservation) {
    let thresholds = expectation.thresholds
    guard records[observation.relay] != nil else { return }
    change(observation.relay) { $0.observe(observation, thresholds) }
    revision += 1
  }

  /// - Parameter time: seconds since 1970.
  package mutating func observe(_ sync: SyncObservation, at time: Double) {
    self.sync = sync
    syncAlerts = AlertRules.sync(sync, time: time).lasting(since: syncAlerts)
    revision += 1
  }

  /// - Parameter time: seconds since 1970.
  package mutating func observe(_ source: SourceCondition, at time: Double) {
    sources[source.name] = source
    sourceAlerts = sources.values.sorted { $0.name < $1.name }
      .compactMap { AlertRules.source($0, time: time) }.lasting(since: sourceAlerts)
    revision += 1
  }

  /// Judges organizations, and adds a point to the history of each and of the platform. To be called every ten seconds.
  ///
  /// - Parameter time: seconds since 1970.
  package mutating func tick(at time: Double) {
    for name in organizations.keys {
      organizations[name]?.judgeKeys(expectation.thresholds, at: time)
      organizations[name]?.judge(at: time)
      organizations[name]?.addHistory(at: time)
    }
    platformHistory.add(kpi.historyValues, at: time)
    revision += 1
  }

  private mutating func change(
    _ relay: RelayID, _ body: (inout RelayRecord) -> Void, orMake make: () -> RelayRecord? = { nil }
  ) {
    remove(relay)
    // Taken out while it changes, so that nothing of it is copied.
    guard var record = records.removeValue(forKey: relay) ?? make() else { return }
    body(&record)
    let part = Totals(of: record)
    totals += part
    organizations[relay.org]?.totals += part
    parts[relay] = part
    if !record.alerts.isEmpty { alerting.insert(relay) }
    records[relay] = record
  }

  private mutating func remove(_ relay: RelayID) {
    alerting.remove(relay)
    guard let part = parts.removeValue(forKey: relay) else { return }
    totals -= part
    organizations[relay.org]?.totals -= part
  }

  // MARK: - What can be asked

  package var thresholds: AlertThresholds { expectation.thresholds }

  package func record(of relay: RelayID) -> RelayRecord? { records[relay] }

  /// All relays, in no particular order.
  package var allRecords: some Collection<RelayRecord> { records.values }

  /// Sorted.
  package var organizationNames: [String] { organizations.keys.sorted() }

  /// What is declared of an organization.
  package func expectation(of org: String) -> OrganizationExpectation? { organizations[org]?.expectation }

  /// The figures of the platform. Complexity: O(organizations).
  package var kpi: PlatformKPI {
    var kpi = totals.kpi
    for record in organizations.values {
      kpi.organizations += 1
      if record.expectation.isActive { kpi.organizationsActive += 1 }
      kpi.keysActive += record.expectation.keys.count
      for alert in record.alerts { kpi.alerts[alert.severity, default: 0] += 1 }
      guard record.expectation.slaTarget != nil, let isMet = record.kpi.sla.isMet else { continue }
      kpi.sla.organizationsWithTarget += 1
      if isMet { kpi.sla.organizationsMeeting += 1 }
    }
    for alert in syncAlerts + sourceAlerts { kpi.alerts[alert.severity, default: 0] += 1 }
    return kpi
  }

  /// The figures of one organization; nil where it is not declared. Complexity: O(alerts of the sync).
  package func kpi(of org: String) -> PlatformKPI? {
    guard let record = organizations[org] else { return nil }
    var kpi = record.kpi
    for alert in record.alerts { kpi.alerts[alert.severity, default: 0] += 1 }
    for alert in syncAlerts where alert.org == org { kpi.alerts[alert.severity, default: 0] += 1 }
    return kpi
  }

  /// What wants attention, the most urgent first. Complexity: O(n log n) in their number.
  ///
  /// - Parameter org: whose alone; nil for all, and the platform's own.
  package func alerts(of org: String? = nil) -> [Alert] {
    var alerts = org == nil ? syncAlerts + sourceAlerts : syncAlerts.filter { $0.org == org }
    for relay in alerting where org == nil || relay.org == org { alerts += records[relay]?.alerts ?? [] }
    for (name, record) in organizations where org == nil || name == org { alerts += record.alerts }
    return alerts.sorted { ($0.severity, $1.since, $0.id) < ($1.severity, $0.since, $1.id) }
  }

  /// Keys with a live session, and the relays that say so, in the relays' order.
  package func edges(of org: String? = nil) -> [TopologyEdge] {
    records.values.filter { org == nil || $0.expectation.relay.org == org }
      .sorted { $0.expectation.relay < $1.expectation.relay }.flatMap(\.edges)
  }

  /// The history of an organization, or of the platform.
  package func history(of org: String? = nil) -> History? {
    guard let org else { return platformHistory }
    return organizations[org]?.history
  }
}
