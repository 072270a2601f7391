import AuditLog
import ConfigCompiler
import FleetCollectors
import FleetMonitoring
import FoundationEssentials
import GitStore
import KeyBundles
import ProcessSupport
import StatusAuthentication
import StatusModel
import StatusServer
import SyncEngine
import TextFormats

/// A status server and its data sources, fed by a daemon in this process or by a `RepositoryFollower`.
struct StatusService: Sendable {
  let board: SnapshotPublisher
  private let collector: FleetCollector
  private let histories: HistoryReader?
  private let server: StatusServer
  private let audit: AuditWatch?
  private let applied: AppliedState

  /// Inputs of a status server.
  struct Parts {
    var settings: StatusServer.Settings
    var repository: GitRepository
    /// Location of the repository, without credentials.
    var source: String?
    var web: String?
    /// State folder of the daemon on this machine.
    var stateFolder: String?
    var runtimes: [any RelayRuntime]
    var collector = CollectorOptions()
    var audit: (any AuditStore)?
    /// Token that grants access to everything.
    var localToken: String?
    /// Users by their subjects at identity providers; shared by logins and tokens.
    var identities = DeclaredIdentities()
    /// Tokens of an issuer with pinned keys.
    var issuedTokens: IssuedTokens?
    /// Source of history that survives restarts and holds more relays than memory does.
    var prometheus: PrometheusHistory?
    /// Key that encrypts pagination cursors; nil for a random one.
    var cursorSecret: SecretBytes?
    /// Called with one line for the server's own log.
    var onNotice: @Sendable (String) -> Void
  }

  /// Connects board, collector, histories and server.
  ///
  /// - Throws: The error of a part that cannot be set up.
  init(_ parts: Parts) throws {
    var installation = Installation(
      version: WpexVersion.text, repository: parts.source, web: parts.web, hasAudit: parts.audit != nil)
    installation.commandPrefix = "wpex"
    installation.stateFolder = parts.stateFolder.map { URL(fileURLWithPath: $0).standardizedFileURL.path }
    let now: @Sendable () -> Double = { Date.now.timeIntervalSince1970 }
    let link = CollectorLink()
    board = SnapshotPublisher(
      installation, events: EventHub(), now: now,
      expect: { expectation in await link.collector?.expect(expectation) })
    let board = board
    collector = FleetCollector(parts.runtimes, options: parts.collector, now: now) { report in
      switch report {
      case .relay(let observation): await board.observe(observation)
      case .source(let condition): await board.observe(condition)
      }
    }
    link.collector = collector
    var settings = parts.settings
    let collector = collector
    let histories = parts.prometheus.map { prometheus in
      HistoryReader(prometheus, now: now) { report in
        switch report {
        case .history(let history): await board.take(history)
        case .source(let condition): await board.observe(condition)
        }
      }
    }
    self.histories = histories
    settings.attend = { attention in
      await histories?.attend(to: attention.history)
      if let relay = attention.relay { await collector.attend(to: relay) }
    }
    let tokens = DeclaredTokens()
    let sessions = SessionStore(
      isSecure: settings.isSecure, port: settings.port, tokens: tokens, identities: parts.identities)
    var all: [any Authenticator] = [tokens, sessions]
    if let issued = parts.issuedTokens { all.append(issued) }
    let localToken = try parts.localToken.map { try LocalToken($0) }
    if let localToken { all.append(localToken) }
    audit = parts.audit.map { AuditWatch($0, onNotice: parts.onNotice) }
    server = try StatusServer(
      settings, board: board, authenticators: Authenticators(all), localToken: localToken, sessions: sessions,
      pages: try StatusPages(), audit: audit,
      secret: parts.cursorSecret ?? SecretBytes(copying: Array(LocalToken.random().utf8)))
    applied = AppliedState(board, parts.repository)
  }

  /// Breaks a cycle: the board passes declarations to the collector, the collector passes observations to the board.
  ///
  /// `@unchecked Sendable`: written once before anything runs, read-only afterwards.
  private final class CollectorLink: @unchecked Sendable {
    var collector: FleetCollector?
  }

  /// Runs until the task is cancelled.
  ///
  /// - Parameter onBind: called with the port once the server listens.
  /// - Throws: The error with which the server failed.
  func run(onBind: @escaping @Sendable (Int) -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await board.run() }
      group.addTask { await collector.run() }
      if let audit { group.addTask { await audit.run(board) } }
      group.addTask { try await server.run(onBind: onBind) }
      try await withCleanup({ await histories?.shutDown() }, after: { try await group.next() })
      group.cancelAll()
    }
  }

  // MARK: - What comes in

  /// Observes the relays of one more cluster.
  func add(_ runtime: any RelayRuntime) async { await collector.add(runtime) }

  /// Receives the events of a daemon of this process, in their order.
  func take(_ event: SyncEvent) async {
    switch event {
    case .compiled(let commit, let compilation):
      await board.note(head: commit.id, compilation)
      await show(commit.id)
    case .accepted(let commit, let compilation):
      await accept(commit.id, compilation)
      await show(commit.id)
    case .refused(let commit, _):
      await noteRefused(commit.id)
      await show(commit.id)
    case .document(let document): await take(SyncReport(document: document))
    default: break
    }
  }

  /// Processes a report of a daemon elsewhere; nil if it cannot be read now.
  func take(_ report: SyncReport?) async { await applied.take(report) }

  /// Sets the newest accepted commit.
  func accept(_ commit: String, _ compilation: Compilation) async { await applied.accept(commit, compilation) }

  /// Shows the branch's history up to a commit.
  func show(_ head: String) async { await applied.show(head) }

  /// Marks a commit as refused.
  func noteRefused(_ commit: String) async { await applied.refuse(commit) }
}
