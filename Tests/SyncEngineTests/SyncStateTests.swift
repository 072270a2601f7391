import StructuredText
import SyncPlanning
import Testing

@testable import SyncEngine

@Suite struct SyncStateTests {
  @Test func readsWhatItWrote() throws {
    var state = SyncState()
    state.applied = "c0ffee"
    state.appliedAt = 5
    state.generation = 7
    state.lastGood = ["acme": "beef"]
    let news = [state.isNews("a"), state.isNews("a")]
    #expect(news == [true, false])
    state.pending = SyncState.Pending(
      generation: 8, commit: "abc",
      steps: [
        .init(
          action: .update, id: ObjectID(apiVersion: "v1", kind: "Secret", namespace: "n", name: "s"), org: "acme",
          before: "x", after: nil)
      ])
    #expect(SyncState(state.json) == state)
    #expect(SyncState(["version": 2]) == nil)
  }
}
