import ConfigModel
import Testing

@testable import ConfigCompiler
@testable import DeploymentPlanning

/// Who is held when several organizations remove relays at once.
@Suite struct DeletionGuardsTests {
  private func held(_ removals: [String: Int], of relays: Int, count: Int, percent: Int) -> [String] {
    var policy = MaxDeletions()
    policy.count = count
    policy.percent = percent
    let deletions = removals.sorted { $0.key < $1.key }.flatMap { org, number in
      (0..<number).map { index in
        let live = LiveObject(
          id: ObjectID(apiVersion: "apps/v1", kind: "Deployment", namespace: "wpex-\(org)", name: "r\(index)"),
          org: org,
          relay: "r\(index)", digest: "d", isProtected: false)
        return SyncPlan.Step(
          action: .delete, id: live.id, org: org, relay: live.relay, before: "d", after: nil, object: nil, live: live)
      }
    }
    return DeletionGuards(policy: policy, relays: relays, isAnythingDeclared: true).holds(deletions).map(\.org)
  }

  @Test(
    arguments: [
      // Within the policy: nobody waits.
      (["acme": 2, "globex": 1], 100, 10, 20, []),
      // One organization exceeds it, and the other goes on.
      (["acme": 30, "globex": 1], 100, 50, 20, ["acme"]),
      (["acme": 11, "globex": 1], 1_000, 10, 100, ["acme"]),
      // Together they exceed it: those that remove most wait.
      (["acme": 10, "globex": 1], 1_000, 10, 100, ["acme"]),
      (["acme": 4, "globex": 3, "hooli": 3], 1_000, 6, 100, ["acme"]),
      (["acme": 4, "globex": 4, "hooli": 3], 1_000, 6, 100, ["acme", "globex"]),
      // Everybody loses a relay: nobody stands out, and all wait.
      (["acme": 1, "globex": 1, "hooli": 1], 4, 10, 20, ["acme", "globex", "hooli"]),
      // One relay of a few is never too many.
      (["acme": 1], 2, 10, 20, []),
      // Exactly at the limit is within it, one more is not.
      (["acme": 20], 100, 50, 20, []),
      (["acme": 21], 100, 50, 20, ["acme"]),
      (["acme": 10], 1_000, 10, 100, []),
      (["acme": 11], 1_000, 10, 100, ["acme"]),
    ] as [([String: Int], Int, Int, Int, [String])])
  func holdsThoseThatRemoveMost(
    _ removals: [String: Int], _ relays: Int, _ count: Int, _ percent: Int, _ expected: [String]
  ) {
    #expect(held(removals, of: relays, count: count, percent: percent) == expected)
  }
}
