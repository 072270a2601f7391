package import AuditLog
import AuditStores
import FileAccess
import ProcessSupport
import ConfigCompiler
import DaemonServer
import DirectoryTarget
import FoundationEssentials
import GitStore
import Glibc
import KeyBundles
import KubernetesModel
import LocalTarget
package import MeasurementRoute
package import SyncEngine
package import SyncService
import Synchronization

/// Daemon of `wpex sync run`, wired up from its settings.
package struct DaemonRun: Sendable {
  let settings: SyncSettings
  let once: Bool
  let console: Console
  let measurements: @Sendable (Running) throws -> MeasurementRoute?

  /// What a running daemon follows and records.
  package struct Running: Sendable {
    /// The daemon's settings.
    package let settings: SyncSettings
    /// The folder of the daemon's state.
    package let folder: StateFolder
    /// The commits that it follows.
    package let source: any RepositorySource
    /// The audit log that it writes.
    package let audit: any AuditStore
  }

  /// Output and end of the process, which the program provides.
  package struct Console: Sendable {
    let onLine: @Sendable (String) -> Void
    let onEvent: @Sendable (SyncEvent) -> Void
    let exit: @Sendable () -> Never

    /// - Parameters:
    ///   - onLine: Called with each line of the log.
    ///   - onEvent: Called with every event if the log is for people (`log.format` is text).
    ///   - exit: Ends the process, because work in it hangs.
    package init(
      onLine: @escaping @Sendable (String) -> Void, onEvent: @escaping @Sendable (SyncEvent) -> Void,
      exit: @escaping @Sendable () -> Never
    ) {
      self.onLine = onLine
      self.onEvent = onEvent
      self.exit = exit
    }
  }

  /// - Parameters:
  ///   - once: Whether to make one pass and end.
  ///   - measurements: Returns what has relays measure for users, if the setting `http.measurements` is true.
  package init(
    settings: SyncSettings, once: Bool, console: Console,
    measurements: @escaping @Sendable (Running) throws -> MeasurementRoute? = { _ in nil }
  ) {
    self.measurements = measurements
    self.settings = settings
    self.once = once
    self.console = console
  }

  /// Runs until a signal arrives, or for one pass.
  ///
  /// - Throws: `SyncDaemonError`, or an error of one of its parts, if the daemon cannot start or its one pass has a
  ///   problem.
  package func run() async throws {
    BrokenPipe.ignore()
    let folder = try StateFolder(settings["state"] ?? StateFolder.standardPath)
    let lock = try folder.lock()
    let source = try settings.source(below: folder) { console.onLine("wpex sync: \($0)") }
    let audit = try await openAudit(folder)
    if settings["target.kind"] == "kubernetes" {
      try await runInClusters(folder, source, audit)
    } else {
      try await run(folder, source, audit)
    }
    withExtendedLifetime(lock) {}
  }

  private func run(_ folder: StateFolder, _ source: any RepositorySource, _ audit: any AuditStore) async throws {
    let target = try target(below: folder)
    if let local = target as? LocalTarget, let served = settings.regions { await local.endRelays(exceptIn: served) }
    let metrics = SyncMetrics()
    let show = try reporter()
    let session = SyncSession(
      source: source, target: target, audit: audit, folder: folder,
      settings: try sessionSettings(version: nil, audit),
      onEvent: { event in
        metrics.record(event, now: Date.now.timeIntervalSince1970)
        show(event)
      })
    if once { return try await runOnce(session) }
    let server = try server(
      metrics, Running(settings: settings, folder: folder, source: source, audit: session.audit),
      wake: { await session.service.wake() }, isReady: { await !session.service.condition.summaries.isEmpty },
      stalled: { session.pulse.stalled(grace: Self.stallGrace) })
    await SignalledRun.run {
      await withTaskGroup(of: Void.self) { group in
        if let server {
          group.addTask { await serve(server) { await session.service.recordNotice($0, about: "http") } }
        }
        group.addTask { await session.run() }
        await group.waitForAll()
      }
    }
  }

  /// How much later than its time limit a pass may end once it is broken off.
  private static let stallGrace = ClusterSessions.stallGrace

  /// Serves metrics, health and the webhook. A port in use is reported as a problem, and tried again.
  func serve(_ server: DaemonServer, notice: @escaping @Sendable (String?) async -> Void) async {
    let address = settings["http.listen"] ?? ""
    var isReported = false
    while !Task.isCancelled {
      do {
        try await server.run { port in
          console.onLine("wpex sync: http on port \(port)")
          await notice(nil)
        }
        return
      } catch {
        let text = "no metrics, no health and no webhook: `http.listen` \(address) cannot be used: \(error)"
        await notice(text)
        if !isReported { console.onLine("wpex sync: \(text)") }
        isReported = true
      }
      try? await Task.sleep(for: .seconds(5))
    }
  }

  func runOnce(_ session: SyncSession) async throws {
    let outcome = try await session.service.pass(lookingForDrift: true)
    let condition = await session.service.condition
    await session.service.awaitInForce()
    await session.end()
    if let problem = outcome.problem { throw problem.cause ?? SyncDaemonError(.refused, problem.description) }
    if outcome.applied == nil || condition.isAnythingHeld
      || condition.organizations.contains(where: { $0.errors > 0 })
    {
      throw SyncDaemonError(.refused, "something is held or has errors; see above")
    }
  }

  var leaseName: String { "wpex-sync-" + (settings["regions"] ?? "all").replacing(",", with: "-") }

  /// Opens the audit log. A daemon also starts without a database that is not available yet; its passes fail and say why.
  private func openAudit(_ folder: StateFolder) async throws -> any AuditStore {
    let location = auditLocation(folder)
    do {
      return try await location.open(mustWrite: true)
    } catch let failure as AuditError where failure.kind == .unavailable && !once {
      console.onLine("wpex sync: \(failure); the daemon waits for it")
      return LazyAuditStore { try await location.open(mustWrite: true) }
    }
  }

  private func auditLocation(_ folder: StateFolder?) -> AuditLocation {
    AuditLocation(settings["audit.store"] ?? "\(folder?.path ?? "")/audit.sqlite")
  }

  // MARK: - Parts

  func reporter() throws -> @Sendable (SyncEvent) -> Void {
    switch settings["log.format"] {
    case "json": return StructuredLog(onLine: console.onLine).show
    case "text": return console.onEvent
    default: throw SyncDaemonError(.usage, "the setting `log.format` must be text or json")
    }
  }

  private func bind() throws -> RelayBind {
    guard let text = settings["target.bind"] else { return .loopback }
    guard let bind = RelayBind(text) else {
      throw SyncDaemonError(
        .usage, "the setting `target.bind` must be \(RelayBind.values), and not `\(text)`")
    }
    return bind
  }

  func target(below folder: StateFolder) throws -> any Target {
    switch settings["target.kind"] {
    case "local":
      return try LocalTarget(
        folder: "\(folder.path)/local", program: try RelayProgram.find(settings["target.relayProgram"]),
        bind: try bind(), keepsRelays: settings["target.keepRelays"] == "true")
    case "directory":
      guard let out = settings["target.directory"] else {
        throw SyncDaemonError(.usage, "no folder to write to: name it with --out or `target.directory`")
      }
      return try DirectoryTarget(folder: out, now: AuditClock.now)
    default: break
    }
    throw SyncDaemonError(.usage, "the setting `target.kind` must be kubernetes, local or directory")
  }

  func sessionSettings(version: KubernetesVersion?, _ audit: any AuditStore) throws -> SyncSession.Settings {
    var render = Renderer.Options(allowsDemonstrationIdentities: settings["demonstration"] == "true")
    if let version { render.version = version }
    let identities: [AgeIdentity]
    do {
      if let file = settings["renderSecretFile"] { render.renderSecret = try RenderSecret(bytes: Files.read(file)) }
      identities = try platformIdentities()
    } catch let error as KeyBundleError {
      throw SyncDaemonError(.refused, error.description)
    }
    var session = SyncSession.Settings(render: render, platformIdentities: identities)
    session.signingKeys = try signingKeys()
    session.regions = settings.regions
    session.parallelism = Int(try settings.number("parallelism", 1...1_000))
    session.service.interval = try settings.interval()
    session.service.driftInterval = try settings.number("drift.interval", 1...86_400)
    session.service.healthTimeout = try settings.number("health.patience", 1...86_400)
    session.service.isWatching = settings["drift.watch"] == "true"
    session.service.passTimeout = try settings.number("pass.patience", 10...86_400)
    session.remembersAuditLog = settings["target.kind"] != "kubernetes" || auditLocation(nil).isServer
    session.followPlatformIdentities = { try? platformIdentities() }
    session.resumeAuditAt = try resumeAuditAt()
    session.trust = try settings.trust()
    session.checkpoints = try checkpointSigning(audit)
    return session
  }

  /// The number of the record at which a restored audit log ends; nil if none was restored.
  private func resumeAuditAt() throws -> Int64? {
    settings["audit.resumeAt"] == nil ? nil : Int64(try settings.number("audit.resumeAt", 0...1e15))
  }

  private func platformIdentities() throws -> [AgeIdentity] {
    var identities: [AgeIdentity] = []
    if let file = settings["identityFile"] { identities = try AgeIdentity.parseFile(try Files.read(file)) }
    if settings["demonstration"] == "true" {
      identities.append(try DemonstrationIdentities.identity(named: "platform"))
    }
    return identities
  }

  /// Returns what reads the keys that sign declarations, besides those of the platform's identities.
  private func signingKeys() throws -> @Sendable () -> [SigningKey] {
    guard let file = settings["signingKeyFile"] else { return { [] } }
    do {
      _ = try SigningKey.parseFile(try Files.read(file))
    } catch let error as KeyBundleError {
      throw SyncDaemonError(.refused, "`\(file)` cannot be the key that signs: \(error.reason)")
    }
    return { (try? SigningKey.parseFile(Files.read(file))) ?? [] }
  }

  private func checkpointSigning(_ audit: any AuditStore) throws -> SyncSession.CheckpointSigning? {
    guard let file = settings["audit.checkpointKeyFile"] else { return nil }
    let name = settings["audit.checkpointName"] ?? "wpex"
    var options = CheckpointSigner.Options()
    options.records = Int64(try settings.number("audit.checkpointRecords", 1...1_000_000_000))
    options.seconds = try settings.number("audit.checkpointInterval", 1...31_536_000)
    let key = try CheckpointKey(file: file, name: name)
    let origin = "wpex.io/audit/\(name)"
    let copies = settings["audit.checkpointFolder"].map { CheckpointCopies(folder: $0) }
    let known = (copies?.all() ?? []).filter { $0.origin == origin && $0.isSigned(by: key.verifier) }
    // Copies behind a restored log's end are of records that were given up.
    let end = try resumeAuditAt()
    return SyncSession.CheckpointSigning(
      signer: CheckpointSigner(
        audit, origin: origin, key: key, options: options,
        copies: known.filter { copy in end.map { copy.head.sequence <= $0 } ?? true }),
      copies: copies, seen: known.map(\.head).max { $0.sequence < $1.sequence } ?? .empty)
  }

  func server(
    _ metrics: SyncMetrics, _ running: Running, wake: @escaping @Sendable () async -> Void,
    isReady: @escaping @Sendable () async -> Bool, stalled: @escaping @Sendable () -> String?
  ) throws -> DaemonServer? {
    guard let listen = try settings.listen("http.listen") else { return nil }
    let secret = try settings["http.webhookSecretFile"].map { try WebhookSecret(file: $0) }
    return DaemonServer(
      host: listen.host, port: listen.port, secret: { secret?.current }, metrics: metrics,
      wake: wake, isReady: isReady, stalled: stalled,
      measurements: settings["http.measurements"] == "true" ? try measurements(running) : nil)
  }
}
