import AuditLog
import AuditStores
import ConfigCompiler
import DaemonServer
import DirectoryTarget
import FoundationEssentials
import GitStore
import Glibc
import KeyBundles
import KubernetesClient
import KubernetesModel
import KubernetesTarget
import LocalTarget
import SyncEngine
import SyncService

/// Puts the daemon together from its settings, and runs it.
struct DaemonRun {
  let settings: SyncSettings
  let once: Bool

  func run() async throws {
    BrokenPipe.ignore()
    let folder = try StateFolder(settings["state"] ?? StateOptions.standard)
    let lock = try folder.lock()
    let source = try settings.source(below: folder, as: "wpex sync")
    let audit = try await openAudit(folder)
    let cluster = try await cluster()
    do {
      try await run(folder, source, audit, cluster)
    } catch {
      await cluster?.client.shutDown()
      throw error
    }
    withExtendedLifetime(lock) {}
  }

  private func run(
    _ folder: StateFolder, _ source: any RepositorySource, _ audit: any AuditStore, _ cluster: Cluster?
  ) async throws {
    let target = try target(below: folder, cluster)
    let metrics = SyncMetrics()
    let show = try reporter()
    let session = SyncSession(
      source: source, target: target, audit: audit, folder: folder,
      states: cluster.map { ClusterStateStore($0.client, namespace: settings.namespace) },
      settings: try sessionSettings(version: cluster?.version, audit),
      report: { report in
        if case .sync(let event) = report { metrics.count(event, now: Date.now.timeIntervalSince1970) }
        if case .service(.failed) = report { metrics.countFailure() }
        if case .checkpoint(let checkpoint) = report { metrics.setCheckpoint(checkpoint.head.sequence) }
        if case .auditBroken = report { metrics.setAuditBroken() }
        show(report)
      })
    if once { return try await runOnce(session) }
    let election = cluster.map { cluster in
      LeaderElection(
        cluster.client, namespace: settings.namespace, name: leaseName,
        identity: "\(Host.name)-\(getpid())")
    }
    let server = try server(session, metrics)
    await SignalledRun.run {
      await withTaskGroup(of: Void.self) { group in
        if let server {
          group.addTask {
            do {
              try await server.run { port in Terminal.error("wpex sync: http on port \(port)") }
            } catch {
              Terminal.error("wpex sync: no http: \(error)")
            }
          }
        }
        group.addTask {
          guard let election else { return await session.run() }
          metrics.setLeader(false)
          await election.run(changed: { isLeader in
            metrics.setLeader(isLeader)
            await session.noteLeadership(isLeader)
          }) { await session.runWhileLeading() }
          await session.end()
        }
        await group.waitForAll()
      }
    }
  }

  private func runOnce(_ session: SyncSession) async throws {
    let outcome = try await session.service.pass(lookingForDrift: true)
    let condition = await session.service.condition
    await session.end()
    if let problem = outcome.problem { throw problem.cause ?? CommandFailure(.refused, problem.description) }
    if outcome.applied == nil || condition.isAnythingHeld
      || condition.organizations.contains(where: { $0.errors > 0 })
    {
      throw CommandFailure(.refused, "something is held or has errors; see above")
    }
  }

  private var leaseName: String { "wpex-sync-" + (settings["regions"] ?? "all").replacing(",", with: "-") }

  /// Opens the audit log. A daemon waits for a database that is not there yet.
  private func openAudit(_ folder: StateFolder) async throws -> any AuditStore {
    let location = AuditLocation(settings["audit.store"] ?? "\(folder.path)/audit.sqlite")
    var pause = 1.0
    while true {
      do {
        return try await location.open()
      } catch let failure as AuditFailure where failure.kind == .unavailable && !once {
        Terminal.error("wpex sync: \(failure); tried again in \(Int(pause)) s")
        try await Task.sleep(for: .seconds(pause))
        pause = min(30, pause * 2)
      }
    }
  }

  // MARK: - Parts

  private func reporter() throws -> @Sendable (SyncSession.Report) -> Void {
    switch settings["log.format"] {
    case "json": return StructuredLog().show
    case "text": return ProgressLines(isLive: false).show
    default: throw CommandFailure(.usage, "the setting `log.format` is text or json")
    }
  }

  private struct Cluster {
    let client: KubernetesClient
    let version: KubernetesVersion
  }

  private func cluster() async throws -> Cluster? {
    guard settings["target.kind"] == "kubernetes" else { return nil }
    let client = try Self.client(settings)
    do throws(KubernetesFailure) {
      return Cluster(client: client, version: try await client.version())
    } catch {
      await client.shutDown()
      throw error
    }
  }

  static func client(_ settings: SyncSettings) throws(KubernetesFailure) -> KubernetesClient {
    guard let path = settings["target.kubeconfig"] else { return try KubernetesClient(.inCluster()) }
    return try KubernetesClient(Kubeconfig(path: path).access(context: settings["target.context"]))
  }

  private func target(below folder: StateFolder, _ cluster: Cluster?) throws -> any Target {
    switch settings["target.kind"] {
    case "kubernetes":
      guard let cluster else { break }
      return KubernetesTarget(cluster.client, version: cluster.version, namespace: settings.namespace)
    case "local":
      return try LocalTarget(
        folder: "\(folder.path)/local", program: try RelayProgram.find(settings["target.relayProgram"]))
    case "directory":
      guard let out = settings["target.directory"] else {
        throw CommandFailure(.usage, "where to? Name the folder with --out or `target.directory`")
      }
      return DirectoryTarget(folder: out)
    default: break
    }
    throw CommandFailure(.usage, "the setting `target.kind` is kubernetes, local or directory")
  }

  private func sessionSettings(version: KubernetesVersion?, _ audit: any AuditStore) throws -> SyncSession.Settings {
    var render = Renderer.Options(allowsDemonstrationIdentities: settings["demonstration"] == "true")
    if let version { render.version = version }
    var identities: [AgeIdentity] = []
    do {
      if let file = settings["renderSecretFile"] { render.renderSecret = try RenderSecret(bytes: Files.read(file)) }
      if let file = settings["identityFile"] { identities = try AgeIdentity.parseFile(try Files.read(file)) }
      if settings["demonstration"] == "true" {
        identities.append(try DemonstrationIdentities.identity(named: "platform"))
      }
    } catch let error as KeyBundleError {
      throw CommandFailure(.refused, error.description)
    }
    var session = SyncSession.Settings(render: render, platformIdentities: identities)
    session.regions = settings["regions"].map { Set($0.split(separator: ",").map(String.init)) }
    session.parallelism = Int(try settings.number("parallelism", 1...1_000))
    session.service.interval = try settings.interval()
    session.service.driftInterval = try settings.number("drift.interval", 1...86_400)
    session.service.healthPatience = try settings.number("health.patience", 1...86_400)
    session.service.isWatching = settings["drift.watch"] == "true"
    session.trust = try settings.trust()
    session.checkpoints = try checkpointSigning(audit)
    return session
  }

  private func checkpointSigning(_ audit: any AuditStore) throws -> SyncSession.CheckpointSigning? {
    guard let file = settings["audit.checkpointKeyFile"] else { return nil }
    let name = settings["audit.checkpointName"] ?? "wpex"
    var options = CheckpointSigner.Options()
    options.records = Int64(try settings.number("audit.checkpointRecords", 1...1_000_000_000))
    options.seconds = try settings.number("audit.checkpointInterval", 1...31_536_000)
    return SyncSession.CheckpointSigning(
      signer: CheckpointSigner(
        audit, origin: "wpex.io/audit/\(name)", key: try Audit.Key.key(file, name: name), options: options),
      folder: settings["audit.checkpointFolder"])
  }

  private func server(_ session: SyncSession, _ metrics: SyncMetrics) throws -> DaemonServer? {
    guard let listen = try settings.listen("http.listen") else { return nil }
    let secret = try settings["http.webhookSecretFile"].map { file in
      SecretBytes(copying: try Files.read(file).filter { $0 != UInt8(ascii: "\n") })
    }
    return DaemonServer(
      host: listen.host, port: listen.port, secret: secret, metrics: metrics,
      wake: { await session.service.wake() },
      isReady: { await !session.service.condition.summaries.isEmpty })
  }
}

/// This machine.
enum Host {
  static var name: String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, 255) == 0 else { return "unknown" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
