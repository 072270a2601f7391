import ConfigCompiler
import ConfigModel
import FleetMonitoring
import RelayWire
import TextFormats

/// Views shared by several responses.
enum CommonViews {
  /// Location of a declaration, with its commit.
  static let source = ObjectView<DeclaredPlace>(
    "Source", "Where something is declared in the repository", org: { _ in nil }
  ) { view in
    view.text("path", "the file's path") { $0.path }
    view.integer("line", "the line on which the document begins, from 1") { $0.line }
    view.add("commit", .nullable(.text), "the commit in which it is declared, if the viewer can see it") {
      place, sight in JSON(sight.knownCommit.map { place.commit ?? $0 })
    }
    view.add("url", .nullable(.text), "web address of the line") { place, sight in
      JSON(sight.url(of: place))
    }
  }

  /// A suggested command.
  static let command = ObjectView<Command>(
    "Command", "A command that makes a change by pull request, or runs a measurement", org: { _ in nil }
  ) { view in
    view.choice("action", "what it does") { $0.action }
    view.text("label", "the action in words") { $0.action.label }
    view.text("command", "what to type") { $0.text }
    view.text("needs", "the permission it requires") { $0.action.needs.rawValue }
  }

  /// Health of a relay or an organization.
  static let health = ObjectView<HealthView>(
    "Health", "Health score and grade", org: { $0.org }
  ) { view in
    view.number("score", "0 to 100; null if nothing is known, or if declared stopped") { $0.score }
    view.choice("grade", "healthy from 80, degraded from 50") { $0.level }
  }

  /// Number of relays by status.
  static let relayCounts = ObjectView<RelayCounts>(
    "RelayCounts", "Number of relays by state", org: { _ in nil }
  ) { view in
    view.integer("declared", "all") { $0.declared }
    view.integer("running", "running as declared") { $0[.current] }
    view.integer("stopped", "stopped as declared") { $0[.stopped] }
    view.integer("failed", "declared to run, but failed") { $0[.failed] }
    view.integer("starting", "starting") { $0[.inProgress] }
    view.integer("unknown", "of unknown state, or not answering") { $0[.unknown] + $0[.unreachable] }
  }

  /// Number of alerts by severity.
  static let alertCounts = ObjectView<[Alert.Severity: Int]>(
    "AlertCounts", "Number of alerts by severity", org: { _ in nil }
  ) { view in
    view.integer("critical", "require action") { $0[.critical] ?? 0 }
    view.integer("warning", "should be checked") { $0[.warning] ?? 0 }
    view.integer("info", "good to know") { $0[.info] ?? 0 }
  }

  /// Uptime against the service level.
  static let sla = ObjectView<SLAView>("SLA", "Uptime of relays", org: { _ in nil }) { view in
    view.number("targetPercent", "promised uptime") { $0.attainment.target }
    view.number("attainedPercent", "observed uptime") { $0.attainment.percent }
    view.add("met", .nullable(.boolean), "whether the target is met") { shown, _ in
      shown.attainment.isMet.map { .bool($0) } ?? .null
    }
    view.add("windowHours", .integer, "longest period that the figures cover") { _, _ in .integer(31 * 24) }
    view.number("observedHours", "observed time, summed over relays") {
      ($0.attainment.observedSeconds / 360).rounded() / 10
    }
  }

  /// History of the last day.
  static let series = ObjectView<HistoryView>(
    "Series", "The last 24 hours, in equal steps; null if nothing was measured", org: { _ in nil }
  ) { view in
    view.integer("stepSeconds", "the length of a step") { Int(clamping: $0.step) }
    view.time("start", "when the first step begins") { $0.start }
    for (name, metric, factor, summary) in HistoryView.columns {
      view.add(name, .list(.nullable(.number)), summary) { shown, _ in
        .array(shown.values(metric).map { JSON(rounding: $0.map { ($0 * factor * 10).rounded() / 10 }) })
      }
    }
  }
}

/// Health as it is shown.
struct HealthView: Sendable {
  let org: String?
  let score: Double?
  let level: HealthScore.Level

  init(org: String?, score: Double?, level: HealthScore.Level) {
    self.org = org
    self.score = score.map { ($0 * 10).rounded() / 10 }
    self.level = level
  }

  /// Creates the health of a mean score.
  init(org: String?, mean: Double?) {
    let level: HealthScore.Level = mean.map { $0 >= 80 ? .healthy : $0 >= 50 ? .degraded : .critical } ?? .unknown
    self.init(org: org, score: mean, level: level)
  }

  init(_ row: RelayRow) {
    self.init(
      org: row.org, score: row.level == .stopped ? nil : row.record?.health.score.map(Double.init), level: row.level)
  }
}

/// Uptime as it is shown.
struct SLAView: Sendable { let attainment: SLAAttainment }

/// A history as it is shown.
struct HistoryView: Sendable {
  private let series: [HistoryMetric: HistorySeries]

  /// Series shown: name, metric, factor and description.
  static let columns: [(String, HistoryMetric, Double, String)] = [
    ("health", .health, 1, "0 to 100"),
    ("sessions", .sessions, 1, "live sessions"),
    ("peersConnected", .connectedPeers, 1, "keys with a live session"),
    ("receivedBitsPerSecond", .receivedBitsPerSecond, 1, "from peers"),
    ("sentBitsPerSecond", .forwardedBitsPerSecond, 1, "to peers"),
    ("handshakesPerSecond", .handshakeRate, 1, "completed handshakes"),
    ("handshakeSuccessPercent", .handshakeSuccess, 100, "over five minutes"),
  ]

  init(_ history: History, now: Double) {
    series = Dictionary(
      uniqueKeysWithValues: HistoryMetric.allCases.map { ($0, history.series($0, last: 86_400, now: now)) })
  }

  init(_ kept: KeptHistory) { series = kept.series }

  var step: Double { series[.health]?.step ?? 0 }
  var start: Double? { series[.health]?.start }
  func values(_ metric: HistoryMetric) -> [Double?] { series[metric]?.values ?? [] }
}

extension VisibleSnapshot {
  /// Id of the applied commit; nil unless the viewer sees every organization.
  ///
  /// A new id reveals that someone made a change.
  var knownCommit: String? {
    guard scope.reach(of: .orgsRead) == .everywhere else { return nil }
    return snapshot.commits.first(where: \.isApplied)?.id
  }

  /// Returns the URL of a source line on the web; nil if no template is set.
  func url(of place: DeclaredPlace) -> String? {
    guard let web = snapshot.installation.web else { return nil }
    let revision = knownCommit.map { place.commit ?? $0 } ?? "HEAD"
    return web.replacing("{commit}", with: revision).replacing("{line}", with: String(place.line))
      .replacing("{path}", with: URLText.path(place.path))
  }
}
