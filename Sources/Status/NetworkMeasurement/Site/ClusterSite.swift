import AuditStores
import ConfigCompiler
import ConfigModel
import FleetCollectors
import FleetMonitoring
import GitStore
import KubernetesClient
import KubernetesTarget
import SyncDaemon
import SyncEngine
import SyncService

/// Relays in clusters, reached with the credentials of a kubeconfig or of the current pod.
struct ClusterSite: MeasuringSite {
  private let settings: SyncSettings
  private let clients: ClusterClients
  private let store: String?
  private let reach: MeasuringPlace.Reach
  private let onNotice: @Sendable (String) -> Void
  private let source: (any RepositorySource)?
  private let cache: AppliedCommits
  let trustsFileAccess = false

  /// - Parameters:
  ///   - store: audit log; nil for the daemon's.
  ///   - reach: nil to choose: directly in a pod, through the API server with a kubeconfig.
  ///   - source: the daemon's own source, in its process; nil to find or make a mirror of the repository.
  ///   - cache: compiled commits.
  ///   - onNotice: called with one line if the mirror of the repository had to be made again.
  init(
    _ settings: SyncSettings, store: String?, reach: MeasuringPlace.Reach?,
    source: (any RepositorySource)? = nil, cache: AppliedCommits = AppliedCommits(),
    onNotice: @escaping @Sendable (String) -> Void
  ) throws {
    self.settings = settings
    self.store = store
    self.reach = reach ?? (settings["target.kubeconfig"] == nil ? .directly : .server)
    self.onNotice = onNotice
    self.source = source
    self.cache = cache
    clients = ClusterClients(settings.clusters)
    // A kubeconfig that cannot be used is reported before anything is fetched.
    try clients.clusters.check()
  }

  var audit: AuditLocation {
    get throws {
      if let place = store ?? settings["audit.store"] { return AuditLocation(place) }
      if let state = settings["state"] { return AuditLocation("\(state)/audit.sqlite") }
      throw NetworkMeasurementError(
        .usage, "every measurement is recorded: name the audit log with --store or WPEX_AUDIT_STORE")
    }
  }

  func shutDown() async { await clients.shutDown() }

  func applied(around relay: RelayID) async throws -> AppliedCommit {
    let (repository, newest) = try await commits()
    // The newest commit shows only where to look: rights are those of the applied one.
    let found = try await cache.commit(newest, in: repository)
    let regions = found.compilation.platform.platform?.spec.regions ?? []
    let own = Set(found.compilation.unit(named: relay.org)?.relays.first { $0.name == relay.name }?.spec.regions ?? [])
    // Falls back to other regions, so that rights are checked before a caller learns that the relay exists but runs
    // elsewhere.
    var problem: (any Error)?
    for region in regions.filter({ own.contains($0.name) }) + regions.filter({ !own.contains($0.name) }) {
      guard let place = try? clients.clusters.place(of: region) else { continue }
      let applied: String?
      do {
        let states = ClusterStateStore(try clients.client(of: place), namespace: settings.namespace)
        applied = try await states.load(region.name)?.applied
      } catch {
        // Another cluster may answer.
        problem = problem ?? error
        continue
      }
      guard let commit = applied else { continue }
      return commit == newest ? found : try await cache.commit(commit, in: repository)
    }
    if let problem { throw problem }
    throw NetworkMeasurementError(
      .failed,
      "no daemon of namespace `\(settings.namespace)` has applied anything yet: name another one with target.namespace")
  }

  func diagnostics(of relay: RelayID, _ applied: AppliedCommit) async throws -> RelayDiagnostics {
    guard let platform = applied.compilation.platform.platform?.spec else {
      throw NetworkMeasurementError(.failed, "the applied commit declares no platform: `wpex validate` shows why")
    }
    let own = applied.compilation.unit(named: relay.org)?.relays.first { $0.name == relay.name }?.spec.regions ?? []
    var problem: (any Error)?
    for region in own.compactMap(platform.region) {
      do {
        return try await diagnostics(of: relay, in: region, platform)
      } catch {
        // What the relay's first region says is most often what to act on.
        problem = problem ?? error
      }
    }
    throw problem ?? NetworkMeasurementError(.failed, "relay `\(relay)` has no region in the applied commit")
  }

  private func diagnostics(
    of relay: RelayID, in region: Region, _ platform: PlatformSpec
  ) async throws -> RelayDiagnostics {
    let client = try clients.client(of: clients.clusters.place(of: region))
    let namespace = platform.namespace(ofOrganization: relay.org, in: region.name)
    guard let access = try await ClusterRelayAccess.find(relay.name, in: namespace, client) else {
      throw NetworkMeasurementError(
        .failed,
        "relay `\(relay)` is declared, but not in namespace \(namespace) of the cluster of region `\(region.name)`: it is "
          + "another cluster's, or waits to be applied")
    }
    guard access.replicas > 0 else { throw NetworkMeasurementError.stopped(relay) }
    guard access.ready > 0 else {
      throw NetworkMeasurementError(
        .failed, "no pod of relay `\(relay)` is ready: `kubectl describe pods -n \(namespace)` shows why")
    }
    guard let token = access.token else {
      throw NetworkMeasurementError(
        .failed,
        "relay `\(relay)` has no token yet: an earlier wpex applied its Secret, and its next change adds one")
    }
    let place: RelayDiagnostics.Place =
      switch reach {
      case .directly: .inside(namespace: namespace, relay: relay.name)
      case .server: .service(client, namespace: namespace, relay: relay.name)
      }
    return RelayDiagnostics(place, token: token)
  }

  /// A repository with the branch, and its newest commit: the daemon's own on the same machine, else a mirror of wpex
  /// diag.
  private func commits() async throws -> (GitRepository, String) {
    if let source {
      if let newest = await tip(of: source.repository) { return (source.repository, newest) }
      return (source.repository, try await source.newest().id)
    }
    if let state = settings["state"], let repository = try? GitRepository(at: "\(state)/repository.git") {
      if let newest = await tip(of: repository) { return (repository, newest) }
    }
    let folder = try StateFolder("\(StateFolder.standardPath)-diag")
    // Concurrent fetches into one mirror would conflict.
    var lock = try? folder.lock()
    for _ in 0..<100 where lock == nil {
      try await Task.sleep(for: .milliseconds(100))
      lock = try? folder.lock()
    }
    let source = try settings.source(below: folder, onNotice: onNotice)
    let newest = try await source.newest()
    withExtendedLifetime(lock) {}
    return (source.repository, newest.id)
  }

  /// Returns the newest commit that a daemon's mirror has; nil if it has none.
  private func tip(of repository: GitRepository) async -> String? {
    // For a plain folder, the daemon's mirror has a branch named `folder`.
    for branch in [settings["repository.branch"] ?? "main", "folder"] {
      if let newest = try? await repository.commit("refs/wpex/\(branch)") { return newest.id }
    }
    return nil
  }
}
