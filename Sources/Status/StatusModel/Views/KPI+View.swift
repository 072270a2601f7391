import ConfigModel
import FleetMonitoring
import TextFormats

/// Figures of everything the viewer may see: the platform or one organization.
struct KPIView: Sendable {
  let kpi: PlatformKPI
  let relays: RelayCounts
  let peersExpected: Int
  let keys: KeyCounts
  let organizations: (total: Int, active: Int)
  let history: HistoryView
  let phase: SyncPhase
  let held: Int
  let problem: String?
  /// Number of relays that are declared to run and are queried.
  let asked: Int
  /// Number of queried relays that answer.
  let answering: Int

  /// Number of keys by status.
  struct KeyCounts: Sendable {
    var total = 0
    var active = 0
    var revoked = 0
    var expiring = 0
  }

  init(_ sight: VisibleSnapshot) {
    let reach = sight.scope.reach(of: .metricsRead)
    let snapshot = sight.snapshot
    let visible = sight.organizations(.metricsRead)
    switch reach {
    case .everywhere:
      kpi = snapshot.fleet.kpi
      relays = snapshot.totalRelayCounts
      history = snapshot.history(of: .platform)
    case .organization(let org):
      kpi = snapshot.fleet.kpi(of: org) ?? PlatformKPI()
      relays = snapshot.relayCounts[org] ?? RelayCounts()
      history = snapshot.history(of: .organization(org))
    case .nowhere:
      kpi = PlatformKPI()
      relays = RelayCounts()
      history = HistoryView(History(), now: snapshot.time)
    }
    let days = snapshot.model?.platform?.alerts.keyExpiryDays ?? AlertThresholds().keyExpiryDays
    var keys = KeyCounts()
    var expected = 0
    for organization in visible {
      keys.total += organization.keys.count
      keys.active += organization.activeKeys
      keys.revoked += organization.revokedKeys
      keys.expiring += organization.expiringKeys(within: days)
      expected += organization.expectedPeers
    }
    self.keys = keys
    peersExpected = expected
    organizations = (visible.count, visible.count { $0.spec?.status == .active })
    let sync = SyncView(sight, permission: .metricsRead)
    phase = sync.phase
    held = sync.held
    problem = sync.problem
    var asked = 0
    var answering = 0
    for row in sight.relays(.metricsRead)
    where row.declared.isRunning && (row.freshness != .off || row.observation == nil) {
      asked += 1
      if row.freshness == .live { answering += 1 }
    }
    self.asked = asked
    self.answering = answering
  }

  /// Completeness of the figures.
  enum Collection: String, CaseIterable, Sendable { case live, partial, stale, off }

  /// Completeness of the figures.
  var collection: Collection {
    if asked == 0 { return kpi.isCounted ? .live : .off }
    return answering == asked ? .live : answering > 0 ? .partial : kpi.relaysHeard > 0 ? .stale : .off
  }

  var message: StatusText? {
    switch collection {
    case .live: nil
    case .partial: StatusText(.collectionPartial, ["count": .integer(asked - answering), "asked": .integer(asked)])
    case .stale: [Statement(.collectionStale)]
    case .off: [Statement(asked == 0 ? .collectionOff : .collectionWaiting)]
    }
  }

  static let view = ObjectView<KPIView>("KPI", "Metrics of everything the viewer can see", org: { _ in nil }) { view in
    view.object("relays", CommonViews.relayCounts, "relays by state") { shown, _ in shown.relays }
    view.object("health", healthView, "relays by health") { shown, _ in shown.kpi }
    view.optionalInteger("sessions", "live sessions; null until a relay has reported") { shown in
      shown.kpi.isCounted ? shown.kpi.sessions : nil
    }
    view.optionalInteger("peersConnected", "keys with a live session, once for each relay; null until then") { shown in
      shown.kpi.isCounted ? shown.kpi.connectedPeers : nil
    }
    view.integer("peersExpected", "active keys, once for each relay that runs") { $0.peersExpected }
    view.object("handshakes", handshakesView, "over five minutes") { shown, _ in shown.kpi }
    view.object("throughput", throughputView, "traffic of relays") { shown, _ in shown.kpi }
    view.object("bytes", bytesView, "since the relays started") { shown, _ in shown.kpi }
    view.object("orgs", orgsView, "organizations") { shown, _ in shown }
    view.object("keys", keysView, "keys") { shown, _ in shown.keys }
    view.object("sla", slaView, "uptime of relays") { shown, _ in shown.kpi.sla }
    view.object("alerts", CommonViews.alertCounts, "alerts by severity") { shown, _ in shown.kpi.alerts }
    view.object("sync", syncView, "state of the sync") { shown, _ in shown }
    view.object("series", CommonViews.series, "the last 24 hours") { shown, _ in shown.history }
    view.object("collection", collectionView, "where the figures come from") { shown, _ in shown }
  }

  private static let healthView = ObjectView<PlatformKPI>(
    "HealthCounts", "Relays by health", org: { _ in nil }
  ) {
    view in
    view.number("mean", "mean over relays declared to run, 0 to 100") {
      $0.meanHealth.map { ($0 * 10).rounded() / 10 }
    }
    for level in HealthScore.Level.allCases {
      view.integer(level.rawValue, "number of relays") { $0.relaysByLevel[level] ?? 0 }
    }
  }

  private static let handshakesView = ObjectView<PlatformKPI>(
    "Handshakes", "Handshakes over five minutes", org: { _ in nil }
  ) {
    view in
    view.number("perSecond", "completed; null until a relay has reported") {
      $0.isCounted ? $0.handshakesPerSecond : nil
    }
    view.number("successPercent", "share of handshakes completed; null if there were none") {
      $0.handshakeSuccess.map { ($0 * 1_000).rounded() / 10 }
    }
  }

  static let throughputView = ObjectView<PlatformKPI>("Throughput", "Bits a second", org: { _ in nil }) { view in
    view.optionalInteger("receivedBitsPerSecond", "from peers; null until a relay has reported") { kpi in
      kpi.isCounted ? Int(clamping: kpi.receivedBitsPerSecond) : nil
    }
    view.optionalInteger("sentBitsPerSecond", "to peers; null until then") { kpi in
      kpi.isCounted ? Int(clamping: kpi.forwardedBitsPerSecond) : nil
    }
  }

  private static let bytesView = ObjectView<PlatformKPI>("Bytes", "Bytes", org: { _ in nil }) { view in
    view.optionalInteger("received", "from peers; null until a relay has reported") { kpi in
      kpi.isCounted ? Int(clamping: kpi.receivedBytes) : nil
    }
    view.optionalInteger("sent", "to peers; null until then") { kpi in
      kpi.isCounted ? Int(clamping: kpi.forwardedBytes) : nil
    }
  }

  private static let orgsView = ObjectView<KPIView>("OrganizationCounts", "Organizations", org: { _ in nil }) { view in
    view.integer("total", "all") { $0.organizations.total }
    view.integer("active", "approved organizations") { $0.organizations.active }
  }

  private static let keysView = ObjectView<KeyCounts>("KeyCounts", "Keys", org: { _ in nil }) { view in
    view.integer("total", "all") { $0.total }
    view.integer("active", "accepted by relays") { $0.active }
    view.integer("expiring", "that expire soon") { $0.expiring }
    view.integer("revoked", "kept as a record") { $0.revoked }
  }

  private static let slaView = ObjectView<SLAAttainment>("SLACounts", "Uptime targets and results", org: { _ in nil }) {
    view in
    view.add("windowHours", .integer, "longest period that the figures cover") { _, _ in .integer(31 * 24) }
    view.number("attainedPercent", "of the observed time, over all relays") { $0.percent }
    view.integer("orgsWithTarget", "organizations with a target") { $0.organizationsWithTarget }
    view.integer("orgsBelowTarget", "organizations below their target") {
      max(0, $0.organizationsWithTarget - $0.organizationsMeeting)
    }
  }

  private static let syncView = ObjectView<KPIView>("SyncBrief", "State of the sync", org: { _ in nil }) { view in
    view.choice("state", "its state") { $0.phase }
    view.integer("held", "object changes that wait for approval") { $0.held }
    view.optionalText("problem", "why it fails") { $0.problem }
  }

  private static let collectionView = ObjectView<KPIView>("Collection", "Where figures come from", org: { _ in nil }) {
    view in
    view.choice("state", "whether relays answer") { $0.collection }
    view.integer("relaysAnswering", "relays that answer") { $0.answering }
    view.integer("relaysAsked", "relays that are declared to run") { $0.asked }
    view.optionalStatements("message", "what is missing, in a sentence") { $0.message }
  }
}
