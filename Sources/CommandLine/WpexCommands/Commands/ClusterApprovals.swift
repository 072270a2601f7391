import KubernetesClient
import KubernetesTarget
import ProcessSupport
import SyncDaemon

/// The clusters of a kubeconfig in which a daemon keeps its state.
struct ClusterApprovals: Sendable {
  private let clients: ClusterClients
  private let places: [RegionClusters.Place]
  private let namespace: String
  private let onNotice: @Sendable (String) -> Void

  /// Time that each cluster has to answer.
  private static let patience = Duration.seconds(10)

  /// - Parameter onNotice: called with one line for each cluster that cannot be asked.
  init(
    _ clients: ClusterClients, places: [RegionClusters.Place], namespace: String,
    onNotice: @escaping @Sendable (String) -> Void
  ) {
    self.clients = clients
    self.places = places
    self.namespace = namespace
    self.onNotice = onNotice
  }

  /// Returns the stores of all clusters that answer and that have a state. All are asked at the same time.
  ///
  /// - Throws: `CommandError` if no cluster has a state.
  func reachable() async throws -> [ClusterStateStore] {
    let found = await withTaskGroup(of: (RegionClusters.Place, ClusterStateStore?, String?).self) { group in
      for place in places {
        group.addTask {
          do {
            let store = ClusterStateStore(try clients.client(of: place), namespace: namespace)
            let isUsed = try await BoundedWait.value(within: Self.patience) { try await store.isUsed }
            return (place, isUsed ? store : nil, nil)
          } catch {
            return (place, nil, error is BoundedWait.Elapsed ? "it does not answer" : "\(error)")
          }
        }
      }
      var found: [(RegionClusters.Place, ClusterStateStore?, String?)] = []
      for await one in group { found.append(one) }
      return found.sorted { $0.0 < $1.0 }
    }
    for (place, _, problem) in found {
      if let problem { onNotice("the cluster `\(clients.clusters.name(of: place))` is left out: \(problem)") }
    }
    let stores = found.compactMap(\.1)
    guard !stores.isEmpty else {
      throw CommandError(
        .failed,
        "no context of the kubeconfig leads to a daemon's state in the namespace `\(namespace)`: name one with --context"
      )
    }
    return stores
  }
}
