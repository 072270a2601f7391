import ConfigModel
import FleetCollectors
import KubernetesClient
import KubernetesTarget
import ProcessSupport
import StatusModel
import SyncDaemon
import SyncEngine
import Synchronization

/// The clusters of a status server with a kubeconfig. Each is observed by itself, so that one that does not answer is stale
/// alone.
actor ServedClusters {
  private let clients: ClusterClients
  private let reach: ClusterRelays.Reach
  private let add: @Sendable (any RelayRuntime) async -> Void
  private let onNotice: @Sendable (String) -> Void
  private var runtimes: [RegionClusters.Place: ClusterRelays] = [:]
  private var problems: Set<String> = []

  /// - Parameters:
  ///   - add: called with the relays of a cluster that is new.
  ///   - onNotice: called with one line for each region whose cluster cannot be found.
  init(
    _ clients: ClusterClients, reach: ClusterRelays.Reach, onNotice: @escaping @Sendable (String) -> Void,
    add: @escaping @Sendable (any RelayRuntime) async -> Void
  ) {
    self.clients = clients
    self.reach = reach
    self.onNotice = onNotice
    self.add = add
  }

  /// Observes the clusters of a platform's regions from now on.
  func serve(_ platform: PlatformSpec) async {
    let (regions, problems) = clients.clusters.places(of: platform)
    var reasons = problems.map(\.reason.description)
    for (place, runtime) in runtimes { runtime.setRegions(Set(regions[place] ?? [])) }
    for (place, names) in regions.sorted(by: { $0.key < $1.key }) where runtimes[place] == nil {
      do throws(KubernetesClientError) {
        let runtime = ClusterRelays(
          "cluster \(clients.clusters.name(of: place))", regions: Set(names), client: try clients.client(of: place),
          reach: reach)
        runtimes[place] = runtime
        await add(runtime)
      } catch {
        reasons.append(error.description)
      }
    }
    for reason in reasons where !self.problems.contains(reason) { onNotice("wpex serve: \(reason)") }
    self.problems = Set(reasons)
  }
}
