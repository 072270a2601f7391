import KubernetesClient
import TextFormats
import SyncEngine
import TestSupport
import Testing

@testable import KubernetesTarget

@Suite struct ClusterStateStoreTests {
  @Test(arguments: [1, 2, 3, 7, 100])
  func piecesAreTheWhole(size: Int) {
    let text = "aé€🜚" + String(repeating: "naïve €", count: 5)
    let pieces = ClusterStateStore.split(text, at: max(4, size))
    #expect(pieces.joined() == text)
    #expect(pieces.allSatisfy { $0.utf8.count <= max(4, size) && !$0.contains("\u{FFFD}") })
  }

  private func withStores(
    _ body: (ClusterStateStore, ClusterStateStore, KubernetesClient, String) async throws -> Void
  ) async throws {
    let path = try #require(Judge.variable("WPEX_KUBECONFIG"))
    let client = try KubernetesClient(Kubeconfig(path: path).access())
    let name = "state-\(UInt32.random(in: 0...UInt32.max))"
    _ = try await client.ask(
      .post, "/api/v1/namespaces",
      body: ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(name)]])
    do {
      try await body(
        ClusterStateStore(client, namespace: name), ClusterStateStore(client, namespace: name), client, name)
    } catch {
      await client.shutDown()
      throw error
    }
    _ = try await client.ask(.delete, "/api/v1/namespaces/\(name)")
    await client.shutDown()
  }

  @Test(.enabled(if: Judge.variable("WPEX_KUBECONFIG") != nil, "make test starts the API server"))
  func theOneThatReadLastMayWrite() async throws {
    try await withStores { first, second, _, _ in
      #expect(try await first.load("eu") == nil)
      #expect(try await second.load("eu") == nil)
      var state = SyncState(epoch: "e")
      state.generation = 1
      try await first.save(state, "eu")
      // It read when there was nothing.
      await #expect(throws: TargetError.self) { try await second.save(state, "eu") }
      #expect(try await second.load("eu") == state)
      state.generation = 2
      try await second.save(state, "eu")
      await #expect(throws: TargetError.self) { try await first.save(state, "eu") }
      #expect(try await first.load("eu")?.generation == 2)
      #expect(try await first.load("us") == nil)
      try await first.approve("0123456789abcdef", by: "anna")
      try await first.approve("fedcba9876543210", by: "bert")
      #expect(try await second.approvals("eu") == ["0123456789abcdef": "anna", "fedcba9876543210": "bert"])
    }
  }

  @Test(.enabled(if: Judge.variable("WPEX_KUBECONFIG") != nil, "make test starts the API server"))
  func largeStatesStandInParts() async throws {
    try await withStores { first, second, client, namespace in
      func count() async throws -> Int {
        let answer = try await client.ask(.get, "/api/v1/namespaces/\(namespace)/configmaps")
        return answer.body["items"]?.elements?.count { $0["metadata"]?["name"]?.text?.hasPrefix("wpex-") == true } ?? 0
      }
      var state = SyncState(epoch: "e")
      for number in 0..<30_000 {
        state.lastGood["organization-\(number)"] = .init(commit: String(repeating: "0", count: 40))
      }
      #expect(try await first.load("eu") == nil)
      try await first.save(state, "eu")
      #expect(try await count() > 2)
      #expect(try await second.load("eu") == state)
      state.lastGood = [:]
      try await second.save(state, "eu")
      #expect(try await count() == 1)
      #expect(try await first.load("eu") == state)
    }
  }
}

@Suite struct HandsTests {
  private func hands(_ entries: JSON...) -> FieldManagers {
    FieldManagers(["metadata": ["managedFields": .array(entries)]])
  }
  private func entry(_ manager: String, _ time: String, _ fields: JSON, subresource: String? = nil) -> JSON {
    var members: JSON.Members = ["manager": .string(manager), "time": .string(time), "fieldsV1": fields]
    if let subresource { members["subresource"] = .string(subresource) }
    return .object(members)
  }

  @Test func othersAreToldFromOurselvesAndControllers() {
    let before = hands(entry("wpex-sync", "1", ["f:spec": ["f:replicas": [:]]]))
    let ours = hands(entry("wpex-sync", "2", ["f:spec": ["f:replicas": [:], "f:paused": [:]]]))
    #expect(!ours.showsForeignWrite(since: before))
    let status = hands(
      entry("wpex-sync", "1", ["f:spec": ["f:replicas": [:]]]), entry("kubelet", "2", [:], subresource: "status"),
      entry("kube-controller-manager", "3", ["f:metadata": [:]]))
    #expect(!status.showsForeignWrite(since: before))
    let edited = hands(
      entry("wpex-sync", "1", ["f:spec": ["f:replicas": [:]]]), entry("kubectl-edit", "2", ["f:spec": [:]]))
    #expect(edited.showsForeignWrite(since: before))
    #expect(!edited.showsForeignWrite(since: edited))
    // A field that somebody took away is nobody's afterwards.
    let removed = hands(entry("wpex-sync", "1", ["f:spec": [:]]))
    #expect(removed.showsForeignWrite(since: before))
  }
}
