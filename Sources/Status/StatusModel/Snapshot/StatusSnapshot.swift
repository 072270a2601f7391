package import ConfigCompiler
import ConfigModel
import Diagnostics
package import FleetMonitoring
import Synchronization

/// Everything shown, at one moment: the declarations of the applied commit, the observed state and the state of the
/// sync.
///
/// Immutable; every update creates another snapshot.
package final class StatusSnapshot: Sendable {
  /// Number of the snapshot, increasing.
  package let generation: UInt64
  /// Declarations of the applied commit; nil if nothing has been applied yet.
  package let model: DeclaredModel?
  /// Observed state.
  package let fleet: Fleet
  /// State of the sync; nil if no daemon reports it.
  package let sync: SyncReport?
  /// Histories read from a metrics store, of subjects opened lately.
  let histories: [HistorySubject: KeptHistory]
  /// Commits of the followed branch, newest first.
  package let commits: [CommitRecord]
  /// Diagnostics of the newest commit.
  let diagnostics: [DiagnosticView]
  /// Recent diagnostic runs from relays.
  let measurements: Measurements
  /// Time of the snapshot, in seconds since 1970.
  package let time: Double
  /// Facts that do not change while the server runs.
  package let installation: Installation
  /// Generation in which each part last changed.
  package let versions: [Topic: UInt64]

  /// Relays of all organizations, in the order of the organizations.
  let relays: [RelayRow]
  /// Number of relays by status, by organization.
  let relayCounts: [String: RelayCounts]
  /// Number of relays by status, in total.
  let totalRelayCounts: RelayCounts
  /// Number of the compiler's warnings by organization; the empty name is the platform.
  let warnings: [String: Int]
  /// Peers by relay, computed on demand.
  private let peers = Mutex<[RelayID: [String: PeerState]]>([:])

  /// Creates a snapshot.
  ///
  /// - Parameters:
  ///   - parts: its contents.
  ///   - earlier: the previous snapshot; nil for the first.
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
      diagnostics = parts.head.map { DiagnosticView.all(of: $0.compilation) } ?? []
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

  /// Inputs of a snapshot.
  package struct Parts: Sendable {
    /// Declarations of the applied commit; nil if nothing has been applied yet.
    package var model: DeclaredModel?
    /// Newest commit and its compilation, whether or not it is applied.
    package var head: (commit: String, compilation: Compilation)?
    /// Observed state.
    package var fleet: Fleet
    /// State of the sync; nil if no daemon reports it.
    package var sync: SyncReport?
    /// Histories read from a metrics store.
    package var histories: [HistorySubject: KeptHistory] = [:]
    /// Commits of the followed branch, newest first.
    package var commits: [CommitRecord]
    /// Recent diagnostic runs from relays.
    package var measurements = Measurements()
    /// Time of the snapshot, in seconds since 1970.
    package var time: Double
    /// Facts that do not change while the server runs.
    package var installation: Installation

    /// Creates the inputs.
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

  /// Parts that change independently. A cached response is valid until a part it depends on changes.
  package enum Topic: Sendable, CaseIterable { case declared, observed, sync }

  // MARK: - What is looked up

  /// Returns a relay; nil if it is not declared.
  func relay(_ id: RelayID) -> RelayRow? {
    guard let model else { return nil }
    return relays[model.relayRange(id.org)].first { $0.declared.name == id.name }
  }

  /// Returns a key; nil if it is not declared.
  func key(org: String, name: String) -> DeclaredKey? {
    guard let model else { return nil }
    return model.keys[model.keyRange(org)].first { $0.name == name }
  }

  /// Returns the state of a key on the relay it is connected to, or else on the one with the latest handshake; nil if
  /// no relay reports it.
  func peer(_ key: DeclaredKey) -> PeerState? {
    key.relays.compactMap { peerStates(of: RelayID(org: key.org, name: $0))[key.name] }.max { $0.rank < $1.rank }
  }

  /// Returns the history of the last day: from a metrics store if available, else as observed since the start.
  func history(of subject: HistorySubject) -> HistoryView {
    if let kept = histories[subject], kept.holds(at: time) { return HistoryView(kept) }
    let seen =
      switch subject {
      case .platform: fleet.history()
      case .organization(let org): fleet.history(of: org)
      case .relay(let relay): fleet.record(of: relay)?.history
      }
    return HistoryView(seen ?? History(), now: time)
  }

  /// Returns the peers of a relay by key name.
  func peerStates(of relay: RelayID) -> [String: PeerState] {
    peers.withLock { peers in
      if let known = peers[relay] { return known }
      let made = fleet.record(of: relay).map(PeerState.all) ?? [:]
      peers[relay] = made
      return made
    }
  }
}

/// Facts that are the same for every viewer and do not change while the server runs.
package struct Installation: Sendable, Equatable {
  /// Version of wpex.
  package var version: String
  /// Prefix of suggested commands, such as `wpex`.
  package var commandPrefix = "wpex"
  /// State folder of the local daemon, for suggested commands; nil if there is none.
  package var stateFolder: String?
  /// Address of the repository, without credentials.
  package var repository: String?
  /// URL template of a source line on the web, with `{commit}`, `{path}` and `{line}`; nil if there is none.
  package var web: String?
  /// Whether the server reads an audit log.
  package var hasAudit: Bool

  /// Creates the facts.
  package init(version: String, repository: String? = nil, web: String? = nil, hasAudit: Bool) {
    self.version = version
    self.repository = repository
    self.web = web
    self.hasAudit = hasAudit
  }
}
