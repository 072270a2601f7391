import TextFormats
import DeploymentPlanning
import Testing

@testable import SyncEngine

@Suite struct SyncStateTests {
  @Test func readsWhatItWrote() throws {
    var state = SyncState()
    state.applied = "c0ffee"
    state.appliedAt = 5
    state.generation = 7
    state.lastGood = ["acme": .init(commit: "beef", time: 3), "globex": .init(commit: "")]
    state.failures = ["acme": "its identity cannot be unsealed"]
    let namespace = ObjectID(apiVersion: "v1", kind: "Namespace", namespace: nil, name: "wpex-acme")
    state.granted = .init(digest: "0123456789abcdef", deletions: [.init(id: namespace, before: "d1")])
    let news = [state.isNews("a"), state.isNews("a")]
    #expect(news == [true, false])
    state.pending = SyncState.Pending(
      generation: 8, commit: "abc",
      steps: [
        .init(
          action: .update, id: ObjectID(apiVersion: "v1", kind: "Secret", namespace: "n", name: "s"), org: "acme",
          before: "x", after: nil)
      ])
    state.notInForce = ["acme/milan": ["state": "not in force"]]
    state.renewed = ["sha256:b": "sha256:a"]
    #expect(SyncState(state.json) == state)
    #expect(SyncState(["version": 2]) == nil)
  }
}
