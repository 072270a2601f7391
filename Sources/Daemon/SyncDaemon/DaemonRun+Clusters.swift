import AuditLog
import ConfigCompiler
import ConfigModel
import DaemonServer
import FoundationEssentials
import Glibc
import KubernetesClient
import KubernetesModel
import KubernetesTarget
import ProcessSupport
import SyncEngine
import SyncService
import Synchronization

/// A daemon whose regions are in one or several Kubernetes clusters.
extension DaemonRun {
  /// What all sessions share.
  struct Common: Sendable {
    let source: any RepositorySource
    let audit: any AuditStore
    let folder: StateFolder
    let metrics: SyncMetrics
    let status: StatusFile
    let clusters: RegionClusters
    /// Called with every event of a session, and the name of its cluster.
    let onEvent: @Sendable (SyncEvent, String) -> Void
  }

  func runInClusters(_ folder: StateFolder, _ source: any RepositorySource, _ audit: any AuditStore) async throws {
    let clusters = settings.clusters
    try clusters.check()
    let metrics = SyncMetrics()
    metrics.setLeader(false)
    let show = try reporter()
    let record: @Sendable (SyncEvent, String) -> Void = { event, cluster in
      metrics.record(event, now: Date.now.timeIntervalSince1970, cluster: cluster)
      show(event)
    }
    let shared = SharedSource(source)
    let watched = SyncSession.vigilant(
      audit, try sessionSettings(version: nil, audit), onEvent: { record($0, "") })
    let common = Common(
      source: shared, audit: watched, folder: folder, metrics: metrics,
      status: StatusFile(source: source.description, folder: folder, onEvent: { record($0, "") }),
      clusters: clusters, onEvent: record)
    let roster = ClusterRoster(source: shared, audit: watched, folder: folder)
    try await withCleanup(
      { await watched.close() },
      after: {
        if once { return try await runOnce(common, roster) }
        try await run(common, roster)
      })
  }

  /// The label of a cluster in metrics: a daemon without a kubeconfig has only one.
  private func label(of place: RegionClusters.Place, _ clusters: RegionClusters) -> String {
    clusters.canBeSeveral ? clusters.name(of: place) : ""
  }

  private func session(
    _ common: Common, _ client: KubernetesClient, _ place: RegionClusters.Place, _ version: KubernetesVersion,
    accepted: @escaping @Sendable (PlatformSpec) -> Void = { _ in }
  ) throws -> SyncSession {
    let label = label(of: place, common.clusters)
    var settings = try sessionSettings(version: version, common.audit)
    let clusters = common.clusters
    settings.cluster = SyncSession.Cluster(
      name: clusters.name(of: place), states: ClusterStateStore(client, namespace: self.settings.namespace),
      regions: { clusters.places(of: $0).regions[place] ?? [] }, status: common.status)
    return SyncSession(
      source: common.source,
      target: KubernetesTarget(
        client, version: version, namespace: self.settings.namespace,
        reach: clusters.canBeSeveral ? .throughServer : .directly),
      audit: common.audit, folder: common.folder, settings: settings,
      onEvent: { event in
        common.onEvent(event, label)
        if case .accepted(_, let compilation) = event, let spec = compilation.platform.platform?.spec { accepted(spec) }
      })
  }

  // MARK: - Until a signal

  /// Why the daemon may not run; nil if it may.
  private final class Refusal: Sendable {
    let reason = Mutex<String?>(nil)
  }

  private func run(_ common: Common, _ roster: ClusterRoster) async throws {
    let clusters = common.clusters
    let (platforms, platform) = AsyncStream<PlatformSpec>.makeStream()
    let sessions = ClusterSessions(
      ClusterSessions.Shared(
        clusters: clusters, status: common.status,
        make: { client, place, version in
          try session(common, client, place, version) { platform.yield($0) }
        },
        election: { client in
          LeaderElection(
            client, namespace: settings.namespace, name: leaseName, identity: "\(Host.name)-\(getpid())")
        },
        setLeader: { isLeader, place in
          common.metrics.setLeader(isLeader, cluster: label(of: place, clusters))
        },
        onLine: console.onLine, exit: console.exit))
    if !clusters.canBeSeveral { await sessions.start(.own) }
    for context in roster.remembered where clusters.has(context) { await sessions.start(.context(context)) }
    let server = try server(
      common.metrics,
      Running(settings: settings, folder: common.folder, source: common.source, audit: common.audit),
      wake: { await sessions.wake() }, isReady: { await common.status.isReady },
      stalled: { sessions.stalled() })
    let refusal = Refusal()
    await SignalledRun.run {
      await withTaskGroup(of: Bool.self) { group in
        group.addTask {
          await sessions.run()
          return false
        }
        if let server {
          group.addTask {
            await serve(server) { await common.status.setNotice($0, about: "http") }
            return false
          }
        }
        group.addTask { await follow(common, roster, sessions, platforms, refusal) }
        // Only the roster may end the others: it found that no region may be served from here.
        while let mustEnd = await group.next(), !mustEnd {}
        group.cancelAll()
      }
    }
    if let reason = refusal.reason.withLock({ $0 }) { throw SyncDaemonError(.refused, reason) }
  }

  /// Starts the sessions of all clusters that platforms name, as they are accepted.
  ///
  /// - Returns: Whether the daemon must end, because it can serve none of its regions.
  private func follow(
    _ common: Common, _ roster: ClusterRoster, _ sessions: ClusterSessions, _ platforms: AsyncStream<PlatformSpec>,
    _ refusal: Refusal
  ) async -> Bool {
    var pause = 1.0
    while !Task.isCancelled {
      if let first = try? await roster.platforms() {
        if let reason = await noneCanBeServed(first, common) {
          refusal.reason.withLock { $0 = reason }
          return true
        }
        for platform in first { await start(platform, common, roster, sessions) }
        break
      }
      // The sessions report why the repository cannot be had.
      try? await Task.sleep(for: .seconds(pause))
      pause = min(30, pause * 2)
    }
    for await platform in platforms { await start(platform, common, roster, sessions) }
    return false
  }

  /// Why this daemon can serve no region of any of these platforms; nil if it can serve one.
  private func noneCanBeServed(_ platforms: [PlatformSpec], _ common: Common) async -> String? {
    let places = platforms.map(common.clusters.places)
    guard places.allSatisfy({ $0.regions.isEmpty }) else { return nil }
    let reasons = places.flatMap(\.problems).map(\.reason.description)
    return reasons.isEmpty ? nil : Array(Set(reasons)).sorted().joined(separator: "; ")
  }

  private func start(
    _ platform: PlatformSpec, _ common: Common, _ roster: ClusterRoster, _ sessions: ClusterSessions
  ) async {
    let (regions, problems) = common.clusters.places(of: platform)
    for place in regions.keys.sorted() { await sessions.start(place) }
    let text = problems.isEmpty ? nil : problems.map(\.reason.description).joined(separator: "; ")
    if await common.status.setNotice(text, about: "clusters"), let text { console.onLine("wpex sync: \(text)") }
    let contexts = regions.keys.compactMap { place in
      if case .context(let name) = place { name } else { nil }
    }
    guard common.clusters.canBeSeveral else { return }
    var needed = Set(contexts)
    for context in roster.remembered where common.clusters.has(context) {
      if await sessions.isNeeded(.context(context)) { needed.insert(context) }
    }
    // Without the file, a region that is removed while the daemon does not run is not pruned.
    do { try roster.remember(needed) } catch { console.onLine("wpex sync: \(error)") }
  }

  // MARK: - One pass

  /// One pass over every cluster, all at the same time.
  private func runOnce(_ common: Common, _ roster: ClusterRoster) async throws {
    var places: Set<RegionClusters.Place> = common.clusters.canBeSeveral ? [] : [RegionClusters.Place.own]
    var problems: [any Error] = []
    if common.clusters.canBeSeveral {
      let found = try await roster.platforms().map(common.clusters.places)
      places = Set(found.flatMap(\.regions.keys))
      // Regions that left the declaration may still have objects there.
      places.formUnion(roster.remembered.filter(common.clusters.has).map { .context($0) })
      // The newest commit is the one to serve.
      problems = found.first?.problems.map(\.reason) ?? []
      if places.isEmpty, problems.isEmpty { places = [.own] }
    }
    let results = await withTaskGroup(of: (any Error)?.self) { group in
      for place in places {
        group.addTask {
          do {
            try await runOnce(common, place)
            return nil
          } catch {
            return error
          }
        }
      }
      return await group.reduce(into: [any Error]()) { all, error in
        if let error { all.append(error) }
      }
    }
    let all = results + problems
    guard let first = all.first else { return }
    for other in all.dropFirst() { console.onLine("wpex sync: \(other)") }
    throw first
  }

  private func runOnce(_ common: Common, _ place: RegionClusters.Place) async throws {
    let client = try common.clusters.client(of: place)
    let session: SyncSession
    do {
      session = try self.session(common, client, place, try await client.version())
    } catch {
      await client.shutDown()
      throw error
    }
    try await runOnce(session)
  }
}
