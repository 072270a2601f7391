import ConfigCompiler
import FleetMonitoring
package import KubernetesClient
import TextFormats
import Synchronization

/// Relays of a cluster: Deployments, pods and events are followed, use of processors and memory is asked for where the
/// cluster measures it.
package final class ClusterRelays: RelayRuntime {
  /// How pods answer HTTP.
  package enum Reach: Sendable {
    /// By their addresses: from inside of the cluster, where network policies let us.
    case directly
    /// Through the API server's proxy: from anywhere, with the right to `pods/proxy`.
    case throughServer
  }

  package let name: String
  package let regions: Set<String>?
  private let client: KubernetesClient
  private let reach: Reach
  private let state = Mutex(ClusterState())

  static let relayLabels = "app.kubernetes.io/managed-by=wpex,app.kubernetes.io/name=wpex-relay"
  private static let deployments = "/apis/apps/v1/deployments"
  private static let pods = "/api/v1/pods"
  private static let events = "/api/v1/events"
  private static let usage = "/apis/metrics.k8s.io/v1beta1/pods"
  /// Seconds between two looks at what pods use.
  private static let usageInterval = 30.0
  private static let logBytes = 64 << 10
  private static let patience = 5.0

  /// - Parameters:
  ///   - name: such as `cluster eu-south`.
  ///   - regions: those whose relays run here.
  package init(_ name: String, regions: Set<String>?, client: KubernetesClient, reach: Reach) {
    self.name = name
    self.regions = regions
    self.client = client
    self.reach = reach
  }

  package func view() async -> RuntimeView {
    let (reach, client) = (reach, client)
    return state.withLock { state in
      state.view { pod in
        switch reach {
        case .directly:
          pod.address.map {
            .http($0.contains(":") ? "[\($0)]:\(ClusterState.httpPort)" : "\($0):\(ClusterState.httpPort)")
          }
        case .throughServer: .pod(client, namespace: pod.place.namespace, name: pod.place.name)
        }
      }
    }
  }

  package func follow() async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        await ObjectFollower(client: self.client, path: Self.deployments, labels: Self.relayLabels).run(
          problem: { problem in self.note(problem, Self.deployments) },
          listed: { objects in self.state.withLock { $0.replaceDeployments(objects) } },
          changed: { object, isGone in self.state.withLock { $0.takeDeployment(object, isGone: isGone) } })
      }
      group.addTask {
        await ObjectFollower(client: self.client, path: Self.pods, labels: Self.relayLabels).run(
          problem: { problem in self.note(problem, Self.pods) },
          listed: { objects in self.state.withLock { $0.replacePods(objects) } },
          changed: { object, isGone in self.state.withLock { $0.takePod(object, isGone: isGone) } })
      }
      group.addTask {
        // An event counts where its Deployment is known. Those of before are listed once, and would be lost for good.
        while !Task.isCancelled, !self.state.withLock({ $0.isListed }) {
          try? await Task.sleep(for: .milliseconds(100))
        }
        // Events are of use where they can be read; without them, everything else is told all the same.
        await ObjectFollower(client: self.client, path: Self.events, labels: "").run(
          problem: { _ in },
          listed: { objects in self.state.withLock { state in objects.forEach { state.takeEvent($0) } } },
          changed: { object, isGone in if !isGone { self.state.withLock { $0.takeEvent(object) } } })
      }
      group.addTask { await self.followUsage() }
      await group.waitForAll()
    }
  }

  private func note(_ problem: String?, _ path: String) { state.withLock { $0.problems[path] = problem } }

  private func followUsage() async {
    while !Task.isCancelled {
      // A cluster without a metrics server answers 404, which is a list without items.
      if let list = try? await client.list(Self.usage, labels: Self.relayLabels, { PodUsage($0) }) {
        state.withLock { $0.replaceUsage(list.items) }
      }
      try? await Task.sleep(for: .seconds(Self.usageInterval))
    }
  }

  package func log(of placement: RelayPlacement) async throws -> [String] {
    let (relay, namespace) = (placement.relay, placement.namespace)
    guard let pod = state.withLock({ $0.newestPod(of: relay, in: namespace) }) else { return [] }
    let query = "container=relay&tailLines=\(LogTail.mostLines)&limitBytes=\(Self.logBytes)"
    let (status, bytes) = try await client.bytes(
      "/api/v1/namespaces/\(pod.namespace)/pods/\(pod.name)/log?\(query)", limit: Self.logBytes * 2,
      patience: Self.patience)
    guard status == 200 else {
      let message = (try? JSON(parsing: bytes))?["message"]?.text
      throw KubernetesFailure(.status(status), message ?? "the log of \(pod.name) answers status \(status)")
    }
    return LogTail.lines(bytes, isCut: false)
  }
}
