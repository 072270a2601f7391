import ConfigCompiler
package import FleetMonitoring
package import KubernetesClient
import TextFormats
import Synchronization

/// Relays of a cluster.
///
/// Deployments, pods and events are watched; CPU and memory usage is polled if the cluster provides it.
package final class ClusterRelays: RelayRuntime {
  /// How pods' HTTP endpoints are reached.
  package enum Reach: Sendable {
    /// By pod address, from inside the cluster, as far as network policies permit.
    case directly
    /// Through the API server's proxy, from anywhere; requires permission for `pods/proxy`.
    case throughServer
  }

  /// Name of the source, such as `cluster eu-south`.
  package let name: String
  /// Regions whose relays run here; nil for all.
  package var regions: Set<String>? { served.withLock { $0 } }
  private let served: Mutex<Set<String>?>
  private let client: KubernetesClient
  private let reach: Reach
  private let state = Mutex(ClusterState())

  /// Label selector of relays' objects.
  static let relayLabels =
    "\(ObjectMetadataKeys.managedSelector),\(ObjectMetadataKeys.program)=\(ObjectMetadataKeys.relayProgram)"
  private static let deployments = "/apis/apps/v1/deployments"
  private static let pods = "/api/v1/pods"
  private static let services = "/api/v1/services"
  private static let events = "/api/v1/events"
  private static let usage = "/apis/metrics.k8s.io/v1beta1/pods"
  private static let version = "/version"
  /// Seconds between signs of life, and for each.
  private static let lifeInterval = 3.0
  private static let lifeTimeout = 3.0
  /// Seconds between polls of resource usage.
  private static let usageInterval = 30.0
  /// Size of the log read, in bytes.
  private static let logBytes = 64 << 10
  /// Timeout for reading a log, in seconds.
  private static let timeout = 5.0

  /// Creates the runtime of a cluster.
  ///
  /// - Parameters:
  ///   - name: name of the source, such as `cluster eu-south`.
  ///   - regions: regions whose relays run here; nil for all.
  ///   - client: client for the cluster's API server.
  ///   - reach: how pods' HTTP endpoints are reached.
  package init(_ name: String, regions: Set<String>?, client: KubernetesClient, reach: Reach) {
    self.name = name
    served = Mutex(regions)
    self.client = client
    self.reach = reach
  }

  /// Sets the regions whose relays run here.
  package func setRegions(_ regions: Set<String>) { served.withLock { $0 = regions } }

  package var problem: StatusText? { regions?.isEmpty == true ? nil : state.withLock { $0.problem } }

  package func view() async -> RuntimeView {
    // No region is here any more.
    if regions?.isEmpty == true { return RuntimeView([]) }
    let (reach, client) = (reach, client)
    return state.withLock { state in
      let isDark = state.problems[Self.version] != nil
      return state.view { pod in
        switch reach {
        // Through a server that does not answer, each relay would be waited for.
        case .throughServer where isDark: nil
        case .directly:
          pod.address.map { .http(HostPort.text($0, ClusterState.httpPort)) }
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
        // Events of unknown Deployments are discarded. Earlier events are listed only once, so wait until Deployments
        // are known.
        while !Task.isCancelled, !self.state.withLock({ $0.isListed }) {
          try? await Task.sleep(for: .milliseconds(100))
        }
        // Events are optional: without permission to read them, everything else still works.
        await ObjectFollower(client: self.client, path: Self.events, labels: "").run(
          problem: { _ in },
          listed: { objects in self.state.withLock { state in objects.forEach { state.takeEvent($0) } } },
          changed: { object, isGone in if !isGone { self.state.withLock { $0.takeEvent(object) } } })
      }
      group.addTask {
        // Without permission to read Services, endpoints of load balancers stay pending, and everything else still works.
        await ObjectFollower(client: self.client, path: Self.services, labels: Self.relayLabels).run(
          problem: { _ in },
          listed: { objects in self.state.withLock { $0.replaceServices(objects) } },
          changed: { object, isGone in self.state.withLock { $0.takeService(object, isGone: isGone) } })
      }
      group.addTask { await self.followUsage() }
      group.addTask { await self.followServer() }
      await group.waitForAll()
    }
  }

  private func note(_ problem: String?, _ path: String) {
    let problem = problem.map { StatusText(quoting: $0) }
    state.withLock { $0.problems[path] = problem }
  }

  /// Asks the server for a sign of life: a watch stays silent if nothing happens, and if the server is gone.
  private func followServer() async {
    while !Task.isCancelled {
      do throws(KubernetesClientError) {
        // Any answer is a sign of life.
        _ = try await client.bytes(Self.version, limit: 1 << 20, timeout: Self.lifeTimeout)
        note(nil, Self.version)
      } catch {
        if !Task.isCancelled { note(error.description, Self.version) }
      }
      try? await Task.sleep(for: .seconds(Self.lifeInterval))
    }
  }

  private func followUsage() async {
    while !Task.isCancelled {
      // A cluster without a metrics server answers 404, which reads as an empty list.
      if let list = try? await client.list(Self.usage, labels: Self.relayLabels, { PodUsage($0) }) {
        state.withLock { $0.replaceUsage(list.items) }
      }
      try? await Task.sleep(for: .seconds(Self.usageInterval))
    }
  }

  package func log(of placement: RelayPlacement) async throws -> [String] {
    let (relay, namespace) = (placement.relay, placement.namespace)
    guard let pod = state.withLock({ $0.newestPod(of: relay, in: namespace) }) else { return [] }
    let query = "container=relay&tailLines=\(LogTail.maxLines)&limitBytes=\(Self.logBytes)"
    let (status, bytes) = try await client.bytes(
      "/api/v1/namespaces/\(pod.namespace)/pods/\(pod.name)/log?\(query)", limit: Self.logBytes * 2,
      timeout: Self.timeout)
    guard status == 200 else {
      let message = (try? JSON(parsing: bytes))?["message"]?.text
      throw KubernetesClientError(.status(status), message ?? "the log of \(pod.name) answers status \(status)")
    }
    return LogTail.lines(bytes, isCut: false)
  }
}
