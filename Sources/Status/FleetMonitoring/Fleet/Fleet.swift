package import ConfigModel

/// Declared and observed state of every relay.
///
/// Updating one relay costs O(relay), not O(fleet): totals are maintained by subtracting the relay's old contribution
/// and adding the new one.
package struct Fleet: Sendable {
  private var expectation = FleetExpectation()
  private var records: [RelayID: RelayRecord] = [:]
  private var parts: [RelayID: Totals] = [:]
  private var alerting: Set<RelayID> = []
  private var organizations: [String: OrganizationRecord] = [:]
  private var totals = Totals()
  private var platformHistory = History()
  /// Last reported state of the sync.
  package private(set) var sync = SyncObservation()
  /// Conditions of the data sources, by name.
  package private(set) var sources: [String: SourceCondition] = [:]
  private var syncAlerts: [Alert] = []
  private var sourceAlerts: [Alert] = []
  /// Incremented with every change. Anything derived from the fleet can be cached under this number.
  package private(set) var revision: UInt64 = 0

  /// Creates a fleet without relays.
  package init() {}

  // MARK: - What comes in

  /// Replaces the declared state with that of a commit. Relays that remain keep their observations.
  ///
  /// - Parameters:
  ///   - expectation: the declared state.
  ///   - time: seconds since 1970.
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

  /// Records an observation of a relay. Ignored if the relay is not declared.
  package mutating func observe(_ observation: RelayObservation) {
    let thresholds = expectation.thresholds
    guard records[observation.relay] != nil else { return }
    change(observation.relay) { $0.observe(observation, thresholds) }
    revision += 1
  }

  /// Records the state of the sync.
  ///
  /// - Parameters:
  ///   - sync: the state of the sync.
  ///   - time: seconds since 1970.
  package mutating func observe(_ sync: SyncObservation, at time: Double) {
    for (relay, record) in records where record.enforcement != sync.inForce[relay] {
      let thresholds = expectation.thresholds
      change(relay) { record in
        record.enforcement = sync.inForce[relay]
        record.judge(thresholds)
      }
    }
    self.sync = sync
    syncAlerts = AlertRules.sync(sync, time: time).lasting(since: syncAlerts)
    revision += 1
  }

  /// Records whether a data source can be read.
  ///
  /// - Parameters:
  ///   - source: the condition of the source.
  ///   - time: seconds since 1970.
  package mutating func observe(_ source: SourceCondition, at time: Double) {
    sources[source.name] = source
    sourceAlerts = sources.values.sorted { $0.name < $1.name }
      .compactMap { AlertRules.source($0, time: time) }.lasting(since: sourceAlerts)
    revision += 1
  }

  /// Updates the alerts of every organization and adds a point to its history and the platform's.
  ///
  /// Call it every ten seconds.
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
    // Removed from the dictionary while it changes, so that the mutation copies nothing.
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

  /// Alert thresholds of the current commit.
  package var thresholds: AlertThresholds { expectation.thresholds }

  /// Returns the record of a relay, or nil if it is not declared.
  package func record(of relay: RelayID) -> RelayRecord? { records[relay] }

  /// All relays, in no particular order.
  package var allRecords: some Collection<RelayRecord> { records.values }

  /// Names of all organizations, sorted.
  package var organizationNames: [String] { organizations.keys.sorted() }

  /// Returns what is declared of an organization, or nil if it is unknown.
  package func expectation(of org: String) -> OrganizationExpectation? { organizations[org]?.expectation }

  /// Figures of the whole platform. Complexity: O(organizations).
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

  /// Returns the figures of one organization, or nil if it is not declared. Complexity: O(alerts of the sync).
  package func kpi(of org: String) -> PlatformKPI? {
    guard let record = organizations[org] else { return nil }
    var kpi = record.kpi
    for alert in record.alerts { kpi.alerts[alert.severity, default: 0] += 1 }
    for alert in syncAlerts where alert.org == org { kpi.alerts[alert.severity, default: 0] += 1 }
    return kpi
  }

  /// Returns the current alerts, the most urgent first. Complexity: O(n log n) in the number of alerts.
  ///
  /// - Parameter org: returns only the alerts of this organization; nil for all alerts, including the platform's own.
  package func alerts(of org: String? = nil) -> [Alert] {
    var alerts = org == nil ? syncAlerts + sourceAlerts : syncAlerts.filter { $0.org == org }
    for relay in alerting where org == nil || relay.org == org { alerts += records[relay]?.alerts ?? [] }
    for (name, record) in organizations where org == nil || name == org { alerts += record.alerts }
    return alerts.sorted { ($0.severity, $1.since, $0.id) < ($1.severity, $0.since, $1.id) }
  }

  /// Returns the keys with a live session and the relays that report them, sorted by relay.
  ///
  /// - Parameter org: returns only the edges of this organization; nil for all.
  package func edges(of org: String? = nil) -> [TopologyEdge] {
    records.values.filter { org == nil || $0.expectation.relay.org == org }
      .sorted { $0.expectation.relay < $1.expectation.relay }.flatMap(\.edges)
  }

  /// Returns the history of an organization, or of the platform if `org` is nil.
  ///
  /// The result is nil if the organization is not declared.
  package func history(of org: String? = nil) -> History? {
    guard let org else { return platformHistory }
    return organizations[org]?.history
  }
}
