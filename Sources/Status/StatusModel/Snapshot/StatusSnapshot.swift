package import ConfigCompiler
import ConfigModel
import Diagnostics
package import FleetMonitoring
import Synchronization

/// All that is shown, at one moment: what the applied commit declares, what was observed, what the sync says. A value that
/// never changes; the next moment has another one.
package final class StatusSnapshot: Sendable {
  /// Grows with every snapshot.
  package let generation: UInt64
  /// The applied commit's; nil where nothing is applied yet.
  package let model: DeclaredModel?
  package let fleet: Fleet
  package let sync: SyncReport?
  /// What a store of metrics kept of those that were looked at lately.
  let histories: [HistorySubject: KeptHistory]
  /// Newest first.
  package let commits: [CommitRecord]
  let diagnostics: [ShownDiagnostic]
  let measurements: Measurements
  /// Seconds since 1970.
  package let time: Double
  package let installation: Installation
  /// The last change of each part, as a generation.
  package let versions: [Topic: UInt64]

  let relays: [RelayRow]
  let relayCounts: [String: RelayCounts]
  let totalRelayCounts: RelayCounts
  /// The compiler's, by organization.
  let warnings: [String: Int]
  /// What relays tell of keys, made where it is asked for.
  private let peers = Mutex<[RelayID: [String: PeerState]]>([:])

  package init(_ parts: Parts, after earlier: StatusSnapshot?) {
    let generation = (earlier?.generation ?? 0) + 1
    self.generation = generation
    model = parts.model
    fleet = parts.fleet
    sync = parts.sync
    histories = parts.histories
    commits = parts.commits
    measurements = parts.measurements
    time = parts.time
    installation = parts.installation
    if let earlier, earlier.headCommit == parts.head?.commit {
      diagnostics = earlier.diagnostics
    } else {
      diagnostics = parts.head.map { ShownDiagnostic.all(of: $0.compilation) } ?? []
    }
    headCommit = parts.head?.commit
    var warnings: [String: Int] = [:]
    for shown in diagnostics where shown.diagnostic.severity == .warning { warnings[shown.org ?? "", default: 0] += 1 }
    self.warnings = warnings
    let rows = (parts.model?.relays ?? []).map { relay in
      RelayRow(declared: relay, record: parts.fleet.record(of: relay.id), now: parts.time)
    }
    var counts: [String: RelayCounts] = [:]
    var total = RelayCounts()
    relays = rows
    for row in rows {
      counts[row.org, default: RelayCounts()].add(row)
      total.add(row)
    }
    relayCounts = counts
    totalRelayCounts = total
    let head = parts.head?.commit
    var isSame: [Topic: Bool] = [:]
    if let earlier {
      isSame = [
        .declared: earlier.model === parts.model,
        .observed: earlier.fleet.revision == parts.fleet.revision && earlier.freshness(isThatOf: rows)
          && earlier.measurements == parts.measurements
          && earlier.histories.mapValues(\.readAt) == parts.histories.mapValues(\.readAt),
        .sync: earlier.sync == parts.sync && earlier.commits == parts.commits && earlier.headCommit == head,
      ]
    }
    var versions = earlier?.versions ?? [:]
    for topic in Topic.allCases where isSame[topic] != true { versions[topic] = generation }
    self.versions = versions
  }

  private let headCommit: String?

  private func freshness(isThatOf others: [RelayRow]) -> Bool {
    relays.count == others.count && zip(relays, others).allSatisfy { $0.freshness == $1.freshness }
  }

  /// What a snapshot is made from.
  package struct Parts: Sendable {
    package var model: DeclaredModel?
    /// The newest commit and what the compiler found in it, whether or not it is applied.
    package var head: (commit: String, compilation: Compilation)?
    package var fleet: Fleet
    package var sync: SyncReport?
    package var histories: [HistorySubject: KeptHistory] = [:]
    package var commits: [CommitRecord]
    package var measurements = Measurements()
    package var time: Double
    package var installation: Installation

    package init(
      model: DeclaredModel? = nil, head: (commit: String, compilation: Compilation)? = nil, fleet: Fleet = Fleet(),
      sync: SyncReport? = nil, commits: [CommitRecord] = [], time: Double, installation: Installation
    ) {
      self.model = model
      self.head = head
      self.fleet = fleet
      self.sync = sync
      self.commits = commits
      self.time = time
      self.installation = installation
    }
  }

  /// Parts that change by themselves: an answer is as good as the parts that it was made from.
  package enum Topic: Sendable, CaseIterable { case declared, observed, sync }

  // MARK: - What is looked up

  func relay(_ id: RelayID) -> RelayRow? {
    guard let model else { return nil }
    return relays[model.relayRange(id.org)].first { $0.declared.name == id.name }
  }

  func key(org: String, name: String) -> DeclaredKey? {
    guard let model else { return nil }
    return model.keys[model.keyRange(org)].first { $0.name == name }
  }

  /// What relays tell of a key: the freshest of them.
  func peer(_ key: DeclaredKey) -> PeerState? {
    key.relays.compactMap { peerStates(of: RelayID(org: key.org, name: $0))[key.name] }.max { $0.rank < $1.rank }
  }

  /// The last day: what a store of metrics kept where there is one, else what was seen since the start.
  func history(of subject: HistorySubject) -> HistoryShown {
    if let kept = histories[subject], kept.holds(at: time) { return HistoryShown(kept) }
    let seen =
      switch subject {
      case .platform: fleet.history()
      case .organization(let org): fleet.history(of: org)
      case .relay(let relay): fleet.record(of: relay)?.history
      }
    return HistoryShown(seen ?? History(), now: time)
  }

  func peerStates(of relay: RelayID) -> [String: PeerState] {
    peers.withLock { peers in
      if let known = peers[relay] { return known }
      let made = fleet.record(of: relay)?.observation.map(PeerState.all) ?? [:]
      peers[relay] = made
      return made
    }
  }
}

/// What is the same for everybody and does not change while the server runs.
package struct Installation: Sendable, Equatable {
  package var version: String
  /// What stands before commands, such as `wpex`.
  package var commandPrefix = "wpex"
  /// The state folder of the daemon of this machine, for commands to it; nil if there is none.
  package var stateFolder: String?
  /// The repository, without credentials.
  package var repository: String?
  /// Where a line of a file is shown on the web, with `{commit}`, `{path}` and `{line}`.
  package var web: String?
  package var hasAudit: Bool

  package init(version: String, repository: String? = nil, web: String? = nil, hasAudit: Bool) {
    self.version = version
    self.repository = repository
    self.web = web
    self.hasAudit = hasAudit
  }
}
