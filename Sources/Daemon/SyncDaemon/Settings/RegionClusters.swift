package import ConfigModel
package import KubernetesClient
import Synchronization

/// The clusters that settings lead to, and the one of each region.
///
/// A region's `cluster` is a context of `target.kubeconfig`, or `in-cluster` for the program's own cluster: the one of
/// `target.context`, or without a kubeconfig the one that the program runs in.
package struct RegionClusters: Sendable {
  /// Cluster among those of one program. Regions of equal places share a cluster.
  package enum Place: Hashable, Comparable, Sendable {
    /// The program's own cluster.
    case own
    /// Another context of the kubeconfig.
    case context(String)
  }

  /// The path of the kubeconfig; nil without one.
  private let kubeconfig: String?
  /// What `target.context` says.
  private let named: String?
  private let served: Set<String>?
  private let contexts: Contexts

  /// The contexts of the kubeconfig.
  private enum Contexts: Sendable {
    case none
    case all(Set<String>, current: String?)
    case unreadable(KubernetesClientError)
  }

  /// - Parameters:
  ///   - kubeconfig: path of the kubeconfig; nil for the cluster that the program runs in.
  ///   - context: the context of the program's own cluster; nil for the current one.
  ///   - served: names of the regions to serve; nil for all.
  package init(kubeconfig: String?, context: String? = nil, served: Set<String>? = nil) {
    self.kubeconfig = kubeconfig
    self.served = served
    named = context
    guard let kubeconfig else {
      contexts = .none
      return
    }
    do throws(KubernetesClientError) {
      let file = try Kubeconfig(path: kubeconfig)
      contexts = .all(file.contexts, current: file.currentContext)
    } catch {
      contexts = .unreadable(error)
    }
  }

  /// Whether the settings name a kubeconfig, so that regions can be in several clusters.
  package var canBeSeveral: Bool { kubeconfig != nil }

  /// Checks that the settings lead to a cluster.
  ///
  /// - Throws: `KubernetesClientError` if the kubeconfig cannot be read, or if this program runs outside a pod without one.
  package func check() throws(KubernetesClientError) {
    switch contexts {
    case .unreadable(let error): throw error
    case .none: _ = try ClusterAccess.inCluster()
    case .all: return
    }
  }

  /// Returns the cluster of a region.
  ///
  /// - Throws: `KubernetesClientError` that says what to set, if the settings do not lead to it.
  package func place(of region: Region) throws(KubernetesClientError) -> Place {
    if region.cluster == Region.inCluster || region.cluster == named { return .own }
    switch contexts {
    case .unreadable(let error): throw error
    case .none:
      throw KubernetesClientError(
        .invalid,
        "region `\(region.name)` is in the cluster `\(region.cluster)`, and without a kubeconfig only the cluster that this "
          + "program runs in can be reached: set `target.context` to `\(region.cluster)` if that is this cluster, "
          + "`target.kubeconfig` to a file with that context, or `regions` to the regions of this cluster")
    case .all(let names, let current):
      if named == nil, region.cluster == current { return .own }
      guard names.contains(region.cluster) else {
        throw KubernetesClientError(
          .invalid,
          "region `\(region.name)` is in the cluster `\(region.cluster)`, and `\(kubeconfig ?? "")` does not have this context, "
            + "but \(Self.list(names)): add it, correct the region's `cluster`, or set `regions` to the regions that are "
            + "served from here")
      }
      return .context(region.cluster)
    }
  }

  private static func list(_ names: Set<String>) -> String {
    names.isEmpty ? "none" : names.sorted().map { "`\($0)`" }.joined(separator: ", ")
  }

  /// Returns the served regions of a platform by cluster, in their declared order, and why some cannot be reached.
  package func places(
    of platform: PlatformSpec
  ) -> (regions: [Place: [String]], problems: [(region: String, reason: KubernetesClientError)]) {
    var regions: [Place: [String]] = [:]
    var problems: [(region: String, reason: KubernetesClientError)] = []
    for region in platform.regions where served?.contains(region.name) ?? true {
      do throws(KubernetesClientError) {
        regions[try place(of: region), default: []].append(region.name)
      } catch {
        problems.append((region.name, error))
      }
    }
    return (regions, problems)
  }

  /// All clusters that the settings lead to, whatever is declared.
  package var all: [Place] {
    guard case .all(let names, let current) = contexts else { return [.own] }
    let own = named ?? current
    return (own == nil ? [] : [.own]) + names.filter { $0 != own }.sorted().map { .context($0) }
  }

  /// Whether the kubeconfig has a context.
  package func has(_ context: String) -> Bool {
    if case .all(let names, _) = contexts { return names.contains(context) }
    return false
  }

  /// Returns the name of a cluster, to show.
  package func name(of place: Place) -> String {
    switch place {
    case .own: named ?? (kubeconfig == nil ? Region.inCluster : currentContext ?? Region.inCluster)
    case .context(let name): name
    }
  }

  private var currentContext: String? {
    if case .all(_, let current) = contexts { return current }
    return nil
  }

  /// Returns a new client of a cluster.
  ///
  /// - Throws: `KubernetesClientError` if its kubeconfig cannot be used, or if it has none and runs outside a pod.
  package func client(of place: Place) throws(KubernetesClientError) -> KubernetesClient {
    guard let kubeconfig else { return try KubernetesClient(.inCluster()) }
    let context: String? = if case .context(let name) = place { name } else { named }
    return try KubernetesClient(Kubeconfig(path: kubeconfig).access(context: context))
  }
}

/// Clients of several clusters, each made when it is first needed.
package final class ClusterClients: Sendable {
  /// The clusters.
  package let clusters: RegionClusters
  private let clients = Mutex<[RegionClusters.Place: KubernetesClient]>([:])

  package init(_ clusters: RegionClusters) { self.clusters = clusters }

  /// Returns the client of a cluster.
  ///
  /// - Throws: `KubernetesClientError` if the settings do not lead to one.
  package func client(of place: RegionClusters.Place) throws(KubernetesClientError) -> KubernetesClient {
    if let known = clients.withLock({ $0[place] }) { return known }
    let made = try clusters.client(of: place)
    clients.withLock { $0[place] = made }
    return made
  }

  /// Closes all connections.
  package func shutDown() async {
    let all = clients.withLock { clients in
      defer { clients = [:] }
      return Array(clients.values)
    }
    for client in all { await client.shutDown() }
  }
}
