import AuditLog
import ConfigModel
import Glibc
import KubernetesClient
import KubernetesModel
import KubernetesTarget
import ProcessSupport
import SyncEngine
import SyncService
import Synchronization

/// The sessions of a daemon, one for each cluster: each with its own client, lease, passes, pauses and watches, so that a
/// cluster that does not answer delays no other.
actor ClusterSessions {
  typealias Place = RegionClusters.Place

  /// What the sessions share.
  struct Shared: Sendable {
    let clusters: RegionClusters
    let status: StatusFile
    /// Makes the session of a cluster.
    let make: @Sendable (KubernetesClient, Place, KubernetesVersion) throws -> SyncSession
    /// Makes the election of a cluster's leader.
    let election: @Sendable (KubernetesClient) -> LeaderElection
    let setLeader: @Sendable (Bool, Place) -> Void
    let onLine: @Sendable (String) -> Void
    /// Ends the process, because work in it hangs.
    let exit: @Sendable () -> Never
  }

  private let shared: Shared
  private var known: Set<Place> = []
  private var running: [Place: SyncSession] = [:]
  private nonisolated let pulses = Mutex<[Place: Pulse]>([:])
  private nonisolated let places: AsyncStream<Place>
  private nonisolated let added: AsyncStream<Place>.Continuation

  /// Seconds for each attempt to reach a cluster at its start, and the longest pause between two.
  private static let timeout = 5.0
  private static let maxPause = 15.0
  /// How much later than its time limit a pass may end once it is broken off.
  static let stallGrace = Duration.seconds(60)

  init(_ shared: Shared) {
    self.shared = shared
    (places, added) = AsyncStream.makeStream()
  }

  /// Starts the session of a cluster, unless it was started before.
  func start(_ place: Place) {
    if known.insert(place).inserted { added.yield(place) }
  }

  /// Whether a cluster may still have objects of this daemon.
  func isNeeded(_ place: Place) async -> Bool {
    guard let session = running[place] else { return true }
    let condition = await session.service.condition
    return condition.passes == 0 || condition.problem != nil || !condition.summaries.isEmpty
  }

  /// Begins the next pass of every session at once.
  func wake() async {
    for session in running.values { await session.service.wake() }
  }

  /// Returns what a session hangs in; nil if all make progress.
  nonisolated func stalled() -> String? {
    let all = pulses.withLock { Array($0.values) }
    return all.lazy.compactMap { $0.stalled(grace: Self.stallGrace) }.first
  }

  /// Runs the sessions until the task is cancelled.
  func run() async {
    await withDiscardingTaskGroup { group in
      for await place in places { group.addTask { await self.run(place) } }
    }
  }

  private func run(_ place: Place) async {
    let name = shared.clusters.name(of: place)
    shared.setLeader(false, place)
    var pause = 1.0
    while !Task.isCancelled {
      do throws(KubernetesClientError) {
        let client = try shared.clusters.client(of: place)
        do throws(KubernetesClientError) {
          let version = try await client.version(timeout: Self.timeout)
          await answered(nil, name)
          if await lead(place, name, client, version) { return }
        } catch {
          await client.shutDown()
          throw error
        }
      } catch {
        if !Task.isCancelled { await answered(error.description, name) }
      }
      try? await Task.sleep(for: .seconds(pause))
      pause = min(Self.maxPause, pause * 2)
    }
  }

  /// - Returns: False if the session could not be made; it is tried again.
  private func lead(
    _ place: Place, _ name: String, _ client: KubernetesClient, _ version: KubernetesVersion
  ) async -> Bool {
    let session: SyncSession
    do {
      session = try shared.make(client, place, version)
    } catch {
      await client.shutDown()
      if await shared.status.setNotice("\(error)", about: "cluster \(name)") {
        shared.onLine("wpex sync: cluster `\(name)`: \(error)")
      }
      return false
    }
    await shared.status.setNotice(nil, about: "cluster \(name)")
    running[place] = session
    pulses.withLock { $0[place] = session.pulse }
    let shared = shared
    let hasEnded = await shared.election(client).run(
      answered: { await self.answered($0, name) },
      isWell: { session.pulse.stalled(grace: Self.stallGrace) == nil },
      changed: { isLeader in
        shared.setLeader(isLeader, place)
        await session.recordLeadership(isLeader)
      }
    ) { await session.runWhileLeading() }
    if !hasEnded {
      // It must not lead again, and its supervisor starts a new one.
      shared.onLine("wpex sync: a pass of cluster `\(name)` hangs and cannot be cancelled; this process exits")
      shared.exit()
    }
    _ = await BoundedWait.end(of: Task { await session.end() }, within: .seconds(1))
    return true
  }

  private func answered(_ reason: String?, _ name: String) async {
    guard await shared.status.setDark(reason, name) else { return }
    shared.onLine(
      "wpex sync: the cluster `\(name)` " + (reason.map { "does not answer: \($0)" } ?? "answers again"))
  }
}
