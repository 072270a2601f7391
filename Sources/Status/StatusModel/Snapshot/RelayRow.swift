import FleetMonitoring

/// A relay as it is declared, and what is known of it.
package struct RelayRow: Sendable {
  let declared: DeclaredRelay
  /// Nil where nobody looks.
  let record: RelayRecord?
  /// Seconds since 1970.
  let now: Double

  var org: String { declared.org }
  var observation: RelayObservation? { record?.observation }

  var status: RelayStatus {
    switch observation?.condition {
    case .running: isSilent ? .unreachable : .current
    case .starting: .inProgress
    case .failed: .failed
    case .stopped: .stopped
    case .unreachable, nil: .unknown
    }
  }

  var level: HealthScore.Level { record?.health.level ?? .unknown }

  /// Seconds since 1970 when it answered last; nil while its figures are live, and if it never answered.
  var staleSince: Double? { freshness == .live ? nil : record?.answeredAt }

  /// Whether it was asked, and nothing of it answered.
  private var isSilent: Bool {
    let asked = (observation?.instances ?? []).filter { $0.answer != .notAsked }
    return !asked.isEmpty && asked.allSatisfy(\.isSilent)
  }

  /// What it is, in words.
  var detail: String {
    guard let observation else { return "nothing was seen of it yet" }
    return status == .unreachable ? "\(observation.detail), and does not answer" : observation.detail
  }

  /// Whether its figures are known: it has reported them, or it is off and has none.
  var isCounted: Bool { record?.lastStatistics != nil || status == .stopped }

  var freshness: Freshness {
    guard let observation else { return .off }
    if observation.condition == .unreachable { return .unreachable }
    if now - observation.time > Self.freshSeconds { return .stale }
    if isSilent { return .unreachable }
    // Where relays are not asked, what they do is known, and nothing of what they count.
    if observation.condition != .stopped, observation.instances.allSatisfy({ $0.answer == .notAsked }) { return .off }
    return .live
  }

  /// Seconds for which an observation is as good as new.
  static let freshSeconds = 60.0

  /// What of it is seen at a glance: pages are told when this changes.
  var glance: Glance {
    Glance(
      status: status, detail: observation?.detail ?? "", level: level, score: record?.health.score,
      sessions: record?.sessions ?? 0, peers: record?.connectedKeys ?? 0, restarts: observation?.restarts ?? 0,
      alerts: record?.alerts.map(\.id) ?? [], freshness: freshness,
      received: Int(clamping: record?.throughput.received ?? 0),
      forwarded: Int(clamping: record?.throughput.forwarded ?? 0))
  }

  struct Glance: Sendable, Equatable {
    let status: RelayStatus
    let detail: String
    let level: HealthScore.Level
    let score: Int?
    let sessions: Int
    let peers: Int
    let restarts: Int
    let alerts: [String]
    let freshness: Freshness
    let received: Int
    let forwarded: Int
  }
}

/// How a relay does, as it is observed.
package enum RelayStatus: String, CaseIterable, Sendable {
  case current, inProgress, failed, stopped
  /// It runs, and does not answer.
  case unreachable
  case unknown
}

/// How old the figures of a relay are.
package enum Freshness: String, CaseIterable, Sendable {
  case live
  /// The last known ones are shown.
  case stale
  case unreachable
  /// Nothing collects.
  case off
}

/// How many relays do how.
struct RelayCounts: Sendable, Equatable {
  var declared = 0
  private var counts: [RelayStatus: Int] = [:]

  mutating func add(_ row: RelayRow) {
    declared += 1
    counts[row.status, default: 0] += 1
  }

  static func += (left: inout RelayCounts, right: RelayCounts) {
    left.declared += right.declared
    left.counts.merge(right.counts, uniquingKeysWith: +)
  }

  subscript(status: RelayStatus) -> Int { counts[status] ?? 0 }
}

extension Int {
  /// The nearest whole number in range; 0 for what is none.
  init(clamping value: Double) {
    guard value.isFinite else {
      self = 0
      return
    }
    self = value >= 9e18 ? .max : value <= -9e18 ? .min : Int(value)
  }
}
