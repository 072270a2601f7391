import AuditLog
import AuditStores
import ConfigModel
import ConnectionGuards
import FileAccess
import FleetCollectors
import GitStore
import Glibc
import KeyBundles
import KubernetesClient
import ProcessSupport
import StatusAuthentication
import StatusServer
import TextFormats
package import SyncDaemon
import SyncService

/// Builds the status server from its settings, and runs it.
package struct ServeRun: Sendable {
  let settings: SyncSettings
  let onNotice: @Sendable (String) -> Void

  /// - Parameters:
  ///   - settings: The values of `ServeSettings.all`.
  ///   - onNotice: Called with each line of the server's log.
  package init(settings: SyncSettings, onNotice: @escaping @Sendable (String) -> Void) {
    self.settings = settings
    self.onNotice = onNotice
  }

  /// Runs until a signal arrives.
  ///
  /// - Throws: `StatusServiceError`, or an error of the settings, the repository or the cluster.
  package func run() async throws {
    BrokenPipe.ignore()
    let folder = try StateFolder(settings["repository.folder"] ?? "\(StateFolder.standardPath)-serve")
    let lock = try folder.lock()
    let source = try settings.source(below: folder) { onNotice("wpex serve: \($0)") }
    let clients = settings["target.kind"] == "kubernetes" ? ClusterClients(settings.clusters) : nil
    try clients?.clusters.check()
    try await withCleanup({ await clients?.shutDown() }, after: { try await run(folder, source, clients) })
    withExtendedLifetime(lock) {}
  }

  private func run(
    _ folder: StateFolder, _ source: any RepositorySource, _ clients: ClusterClients?
  ) async throws {
    let audit = try await openAudit()
    let reports = try reports(clients)
    guard let listen = try settings.listen("http.listen") else {
      throw StatusServiceError(
        .usage, "no address to listen on: name it with --listen, WPEX_HTTP_LISTEN or `http.listen`")
    }
    var http = StatusServer.Settings(host: listen.host, port: listen.port)
    http.publicAddress = settings["http.publicAddress"]
    let certificate = try certificateFiles()
    http.certificate = certificate?.certificate
    http.trustedProxies = try trustedProxies()
    http.connections = Int(try settings.number("http.connections", 1...1_000_000))
    http.timeouts.idle = try settings.number("http.idle", 1...86_400)
    http.timeouts.message = try settings.number("http.patience", 1...3_600)
    let access = try ServeAccess(settings)
    defer { access.shutDown() }
    http.providers = access.providers
    http.gate = access.gate(audit, onNotice: onNotice)
    let service = try StatusService(
      StatusService.Parts(
        settings: http, repository: source.repository, source: source.description, web: settings["repository.web"],
        stateFolder: settings["sync.state"], runtimes: try runtimes(clients, reports), audit: audit,
        localToken: try token(),
        identities: access.identities, issuedTokens: access.issuedTokens, prometheus: try prometheus(),
        cursorSecret: try cursorSecret(), onNotice: onNotice))
    var follower = RepositoryFollower(
      source: source, service: service, reports: reports,
      acceptance: CommitAcceptance(
        source: source, store: folder, audit: nil, trust: try settings.trust(),
        now: AuditClock.now),
      interval: try settings.interval())
    if let clients, clients.clusters.canBeSeveral {
      follower.clusters = ServedClusters(clients, reach: try reach(), onNotice: onNotice) { await service.add($0) }
    }
    let followed = follower
    let failure = FailureBox()
    await SignalledRun.run {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await followed.run() }
        if let certificate { group.addTask { await certificate.follow { onNotice("wpex serve: \($0)") } } }
        group.addTask {
          do {
            try await service.run { port in
              onNotice("wpex serve: \(certificate == nil ? "http" : "https") on port \(port)")
              if let certificate { onNotice("wpex serve: \(certificate.summary)") }
            }
          } catch is CancellationError {
          } catch {
            await failure.set("\(error)")
          }
        }
        await group.next()
        group.cancelAll()
      }
    }
    await http.gate.finish()
    await audit?.close()
    if let reason = await failure.reason {
      throw StatusServiceError(.failed, "no http on \(HostPort.text(listen.host, listen.port)): \(reason)")
    }
  }

  private actor FailureBox {
    private(set) var reason: String?
    func set(_ reason: String) { self.reason = reason }
  }

  // MARK: - Parts

  private func openAudit() async throws -> (any AuditStore)? {
    guard let store = settings["audit.store"] else { return nil }
    return try await AuditLocation(store).openForStatusLazily { failure in
      onNotice("wpex serve: \(failure); retrying, and everything else is shown meanwhile")
    }
  }

  func reports(_ clients: ClusterClients?) throws -> (any SyncReports)? {
    if let folder = settings["sync.state"] { return DocumentReports(file: "\(folder)/\(StatusDocument.file)") }
    return clients.map { ClusterReports($0, namespace: settings.namespace) }
  }

  private func reach() throws -> ClusterRelays.Reach {
    switch settings["target.reach"] {
    case "directly": .directly
    case "server": .throughServer
    default: throw StatusServiceError(.usage, "the setting `target.reach` must be directly or server")
    }
  }

  /// The runtimes that are known at the start: those of a kubeconfig's contexts follow from the platform.
  func runtimes(
    _ clients: ClusterClients?, _ reports: (any SyncReports)?
  ) throws -> [any RelayRuntime] {
    switch settings["target.kind"] {
    case "none": return (reports as? DocumentReports).map { [$0] } ?? []
    case "kubernetes":
      let reach = try reach()
      guard let clients, !clients.clusters.canBeSeveral else { return [] }
      let name = settings.regions.map { "cluster of \($0.sorted().joined(separator: ", "))" } ?? "cluster"
      return [
        ClusterRelays(name, regions: settings.regions, client: try clients.client(of: .own), reach: reach)
      ]
    default: throw StatusServiceError(.usage, "the setting `target.kind` must be kubernetes or none")
    }
  }

  func prometheus() throws -> PrometheusHistory? {
    guard var address = settings["prometheus.address"] else { return nil }
    while address.hasSuffix("/") { address.removeLast() }
    guard address.hasPrefix("http://") || address.hasPrefix("https://") else {
      throw StatusServiceError(
        .usage, "the setting `prometheus.address` must be an address such as http://prometheus.monitoring:9090")
    }
    return PrometheusHistory(server: address, token: try settings["prometheus.tokenFile"].map(Files.readToken))
  }

  private func certificateFiles() throws -> CertificateFiles? {
    switch (settings["http.certificateFile"], settings["http.keyFile"]) {
    case (nil, nil): return nil
    case (let chain?, let key?): return try CertificateFiles(chainFile: chain, keyFile: key)
    case (nil, _): throw StatusServiceError(.usage, "the setting `http.keyFile` needs `http.certificateFile` too")
    case (_, nil): throw StatusServiceError(.usage, "the setting `http.certificateFile` needs `http.keyFile` too")
    }
  }

  func trustedProxies() throws -> [IPNetwork] {
    do {
      return try settings.trustedProxies()
    } catch {
      throw StatusServiceError(.usage, error.description)
    }
  }

  /// Reads the token from its file; generates one, readable only by its owner, if the file does not exist.
  func token() throws -> String? {
    guard let path = settings["http.tokenFile"] else { return nil }
    if Files.exists(path) {
      let token = try Files.readToken(path)
      guard token.utf8.count >= 32 else {
        throw StatusServiceError(
          .refused, "the token in `\(path)` is shorter than 32 characters: remove it, and a new one is created")
      }
      return token
    }
    let token = LocalToken.random()
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw StatusServiceError(.failed, "`\(path)` cannot be written") }
    defer { close(descriptor) }
    let bytes = Array((token + "\n").utf8)
    guard write(descriptor, bytes, bytes.count) == bytes.count else {
      throw StatusServiceError(.failed, "`\(path)` cannot be written")
    }
    return token
  }

  func cursorSecret() throws -> SecretBytes? {
    guard let path = settings["http.cursorSecretFile"] else { return nil }
    let bytes = try Files.read(path)
    guard bytes.count >= 32 else { throw StatusServiceError(.refused, "`\(path)` has fewer than 32 bytes") }
    return SecretBytes(copying: bytes)
  }
}
