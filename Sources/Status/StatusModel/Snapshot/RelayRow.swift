import FleetMonitoring
import RelayWire

/// A declared relay with its observed state.
package struct RelayRow: Sendable {
  /// The declaration.
  let declared: DeclaredRelay
  /// Observed state; nil if nothing collects it.
  let record: RelayRecord?
  /// Time of the snapshot, in seconds since 1970.
  let now: Double

  /// Name of the organization.
  var org: String { declared.org }
  /// Last observation.
  var observation: RelayObservation? { record?.observation }

  /// Phase according to the last observation, `unreachable` if no instance answers.
  var status: RelayPhase {
    let phase = observation?.phase ?? .unknown
    return phase == .current && isSilent ? .unreachable : phase
  }

  /// Coarse state of health.
  var level: HealthScore.Level { record?.health.level ?? .unknown }

  /// Time of the last answer, in seconds since 1970; nil while the figures are live, or if the relay never answered.
  var staleSince: Double? { freshness == .live ? nil : record?.answeredAt }

  /// Whether instances were queried and none answered.
  private var isSilent: Bool {
    let asked = (observation?.instances ?? []).filter { $0.answer != .notAsked }
    return !asked.isEmpty && asked.allSatisfy(\.isSilent)
  }

  /// What it is, in words.
  var detail: StatusText {
    guard let observation else { return [Statement(.notSeen)] }
    return status == .unreachable ? observation.detail + [Statement(.notResponding)] : observation.detail
  }

  /// Whether its figures are meaningful: the relay has reported some, or it is off and has none.
  var isCounted: Bool { record?.lastStatistics != nil || status == .stopped }

  /// Age of the figures.
  var freshness: Freshness {
    guard let observation else { return .off }
    if observation.phase == .unknown { return .unreachable }
    if now - observation.time > Self.freshSeconds { return .stale }
    if isSilent { return .unreachable }
    // If relays are not queried, their state is known but their counters are not.
    if observation.phase != .stopped, observation.instances.allSatisfy({ $0.answer == .notAsked }) { return .off }
    return .live
  }

  /// Seconds for which an observation counts as current.
  static let freshSeconds = 60.0

  /// The part shown in lists. Pages are notified when it changes.
  var glance: ChangeFingerprint {
    ChangeFingerprint(
      status: status, detail: observation?.detail ?? [], level: level, score: record?.health.score,
      sessions: record?.sessions ?? 0, peers: record?.connectedKeys ?? 0, restarts: observation?.restarts ?? 0,
      alerts: record?.alerts.map(\.id) ?? [], freshness: freshness,
      inForce: record?.enforcement,
      members: record?.members?.items.map { ChangeFingerprint.Member(state: $0.state, agrees: $0.agrees) } ?? [],
      received: Int(clamping: record?.throughput.received ?? 0),
      forwarded: Int(clamping: record?.throughput.forwarded ?? 0))
  }

  /// Figures of a relay shown in lists.
  struct ChangeFingerprint: Sendable, Equatable {
    let status: RelayPhase
    let detail: StatusText
    let level: HealthScore.Level
    let score: Int?
    let sessions: Int
    let peers: Int
    let restarts: Int
    let alerts: [String]
    let freshness: Freshness
    let inForce: RelayEnforcement?
    let members: [Member]
    let received: Int
    let forwarded: Int

    /// A process of the relay.
    struct Member: Sendable, Equatable {
      let state: RelayMembers.Member.State
      let agrees: Bool?
    }
  }
}

/// Freshness of a relay's figures.
package enum Freshness: String, CaseIterable, Sendable {
  /// Figures are current.
  case live
  /// Figures are the last ones known.
  case stale
  /// The relay or its runtime does not answer.
  case unreachable
  /// Nothing collects figures.
  case off
}

/// Number of relays by status.
struct RelayCounts: Sendable, Equatable {
  /// Relays declared.
  var declared = 0
  private var counts: [RelayPhase: Int] = [:]

  /// Counts a relay.
  mutating func add(_ row: RelayRow) {
    declared += 1
    counts[row.status, default: 0] += 1
  }

  static func += (left: inout RelayCounts, right: RelayCounts) {
    left.declared += right.declared
    left.counts.merge(right.counts, uniquingKeysWith: +)
  }

  /// Number of relays with a status.
  subscript(status: RelayPhase) -> Int { counts[status] ?? 0 }
}

extension Int {
  /// Creates the integer part of a number, clamped to the range of `Int`; zero if it is not finite.
  init(clamping value: Double) {
    guard value.isFinite else {
      self = 0
      return
    }
    self = value >= 9e18 ? .max : value <= -9e18 ? .min : Int(value)
  }
}
