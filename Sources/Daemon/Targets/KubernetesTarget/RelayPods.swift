import ConfigCompiler
import KubernetesClient
import TextFormats

/// A relay's pod, reduced to what is needed to reach it.
struct RelayPod: Sendable {
  let org: String
  let relay: String
  let name: String
  /// What distinguishes this start of its container from others.
  let start: String
  let address: String?

  /// Returns a pod whose relay runs; nil for others. A pod that ends still forwards for a while, so it counts.
  init?(_ object: JSON) {
    let metadata = object["metadata"]
    guard let name = metadata?["name"]?.text, let org = metadata?["labels"]?[ObjectMetadataKeys.org]?.text,
      let relay = metadata?["labels"]?[ObjectMetadataKeys.relay]?.text,
      let container = object["status"]?["containerStatuses"]?.elements?.first(where: { $0["name"]?.text == "relay" }),
      container["state"]?["running"] != nil
    else { return nil }
    self.name = name
    self.org = org
    self.relay = relay
    start =
      "\(metadata?["uid"]?.text ?? name)/\(container["containerID"]?.text ?? "")/\(container["restartCount"]?.int ?? 0)"
    // What others may write into a status must not lead elsewhere.
    address = object["status"]?["podIP"]?.text.flatMap { text in
      text.utf8.allSatisfy { "0123456789abcdefABCDEF.:".utf8.contains($0) } ? text : nil
    }
  }
}

/// Pods of namespaces, each list shared by all relays that need it at the same time.
actor RelayPods {
  private struct Shared {
    let task: Task<[RelayPod], any Error>
    let begin: ContinuousClock.Instant
  }

  /// How old a list may be.
  private static let age = Duration.milliseconds(200)
  private static let labels =
    "\(ObjectMetadataKeys.managedSelector),\(ObjectMetadataKeys.program)=\(ObjectMetadataKeys.relayProgram)"
  private let client: KubernetesClient
  private var lists: [String: Shared] = [:]

  init(_ client: KubernetesClient) { self.client = client }

  /// Returns the pods of a namespace's relays that run.
  ///
  /// - Throws: `KubernetesClientError` if they cannot be listed.
  func pods(in namespace: String) async throws -> [RelayPod] {
    if let shared = lists[namespace], ContinuousClock.now - shared.begin < Self.age {
      return try await shared.task.value
    }
    let client = client
    let task = Task {
      try await client.list("/api/v1/namespaces/\(namespace)/pods", labels: Self.labels) { RelayPod($0) }.items
    }
    lists = lists.filter { ContinuousClock.now - $0.value.begin < .seconds(10) }
    lists[namespace] = Shared(task: task, begin: .now)
    return try await task.value
  }
}
