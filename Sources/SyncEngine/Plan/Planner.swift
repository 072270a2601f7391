package import ConfigCompiler
package import ConfigModel
import KeyBundles

/// Compares what is declared with what is there. Pure.
package enum Planner {
  /// What a commit says of one organization.
  package enum Declaration: Sendable, Equatable {
    case objects([RenderedObject])
    /// It has errors: whatever is there stays.
    case kept
  }

  /// - Parameters:
  ///   - declared: every organization of the commit. Those that are missing are gone.
  ///   - live: what the target holds for us in this region.
  ///   - policy: how much may be removed at once.
  ///   - approvals: digests of held plans that somebody has approved.
  package static func plan(
    _ declared: [String: Declaration], live: [LiveObject], policy: MaxDeletions, approvals: Set<String> = []
  ) throws -> SyncPlan {
    let present = Dictionary(live.map { ($0.id.identity, $0) }) { first, _ in first }
    var changes: [SyncPlan.Step] = []
    var wanted: Set<[String]> = []
    var unchanged = 0
    for (org, declaration) in declared.sorted(by: { $0.key < $1.key }) {
      guard case .objects(let objects) = declaration else {
        for object in live where object.org == org { wanted.insert(object.id.identity) }
        continue
      }
      for object in objects.sorted(by: { $0.manifest < $1.manifest }) {
        let id = ObjectID(object.manifest)
        wanted.insert(id.identity)
        let there = present[id.identity]
        if let there, there.digest == object.digest {
          unchanged += 1
          continue
        }
        changes.append(
          SyncPlan.Step(
            action: there == nil ? .create : .update, id: id, org: org, relay: object.origin.relay,
            before: there?.digest, after: object.digest, object: object, live: there))
      }
    }
    let deletions = live.filter { !wanted.contains($0.id.identity) }
      .sorted { (rank($0), $1.id) > (rank($1), $0.id) }
      .map { object in
        SyncPlan.Step(
          action: .delete, id: object.id, org: object.org, relay: object.relay, before: object.digest, after: nil,
          object: nil, live: object)
      }
    let holds = holds(declared, deletions: deletions, live: live, policy: policy)
    let heldOrgs = Set(holds.map(\.org))
    let held = deletions.filter { heldOrgs.contains($0.org) }
    let digest = try self.digest(of: held)
    if approvals.contains(digest) || held.isEmpty {
      return SyncPlan(
        steps: changes + deletions, heldSteps: [], holds: [], approved: holds, unchanged: unchanged, digest: digest)
    }
    // The whole organization waits: a port that moves from a relay to be removed to a new one is not free yet.
    let all = changes + deletions
    return SyncPlan(
      steps: all.filter { !heldOrgs.contains($0.org) }, heldSteps: all.filter { heldOrgs.contains($0.org) },
      holds: holds, unchanged: unchanged, digest: digest)
  }

  private static func holds(
    _ declared: [String: Declaration], deletions: [SyncPlan.Step], live: [LiveObject], policy: MaxDeletions
  ) -> [SyncPlan.Hold] {
    guard !deletions.isEmpty else { return [] }
    let orgs = Set(deletions.map(\.org)).sorted()
    if declared.isEmpty { return orgs.map { SyncPlan.Hold(org: $0, reason: .nothingDeclared) } }
    var holds: [SyncPlan.Hold] = []
    for step in deletions where step.id.kind == "Namespace" {
      holds.append(SyncPlan.Hold(org: step.org, reason: .namespace(step.id.name)))
    }
    for step in deletions where step.live?.isProtected == true && step.id.kind == "Deployment" {
      holds.append(SyncPlan.Hold(org: step.org, reason: .deletionProtection(relay: step.relay ?? step.id.name)))
    }
    let relays = live.count { $0.id.kind == "Deployment" }
    let removed = deletions.filter { $0.id.kind == "Deployment" }
    // One relay of three is a third of them, and still only one.
    if removed.count > policy.count || removed.count > 1 && removed.count * 100 > relays * policy.percent {
      for org in Set(removed.map(\.org)).sorted() {
        holds.append(SyncPlan.Hold(org: org, reason: .tooManyDeletions(relays: removed.count, of: relays)))
      }
    }
    return holds
  }

  /// What others live in goes last.
  private static func rank(_ object: LiveObject) -> Int {
    let order = [
      "Namespace", "ResourceQuota", "LimitRange", "NetworkPolicy", "RoleBinding", "Secret", "Service",
      "PodDisruptionBudget", "Deployment", "PodMonitor",
    ]
    return order.firstIndex(of: object.id.kind) ?? order.count
  }

  private static func digest(of steps: [SyncPlan.Step]) throws -> String {
    guard !steps.isEmpty else { return "" }
    let lines = steps.map { ($0.id.identity + [$0.live?.uid ?? ""]).joined(separator: "\u{0}") }.sorted()
    return String(try SHA256Digest.hex(of: Array(lines.joined(separator: "\n").utf8)).prefix(16))
  }
}
