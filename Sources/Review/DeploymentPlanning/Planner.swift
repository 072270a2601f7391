package import ConfigCompiler
package import ConfigModel
import KubernetesModel

/// A pure function that compares declared objects with those that exist.
package enum Planner {
  /// The state of an organization in a commit.
  package enum Declaration: Sendable, Equatable {
    /// The organization's objects.
    case objects([RenderedObject])
    /// It has errors: whatever is there stays.
    case pinned

    /// The declared objects; empty if the existing ones are kept.
    package var objects: [RenderedObject] {
      if case .objects(let objects) = self { objects } else { [] }
    }
  }

  /// Counts of organizations and relays in a region that are known to be unchanged and need no comparison.
  package struct UnchangedCounts: Sendable, Equatable {
    /// Number of organizations.
    package var organizations: Int
    /// Number of relays.
    package var relays: Int

    package init(organizations: Int = 0, relays: Int = 0) {
      self.organizations = organizations
      self.relays = relays
    }
  }

  /// Plans the changes in a region.
  ///
  /// - Parameters:
  ///   - declared: every organization of the commit except the untouched ones. Objects of missing ones are deleted.
  ///   - live: existing objects of these organizations in the region.
  ///   - policy: limits for deletions.
  ///   - approvals: digests of held plans that an operator has approved.
  ///   - granted: deletions that were approved in an earlier pass but not completed.
  ///   - renewed: for bundles from which keys were withdrawn while their deletion waits, the original digest by the
  ///     current one.
  ///   - untouched: counts of the unchanged organizations and relays.
  /// - Throws: an error if the digest cannot be computed.
  package static func plan(
    _ declared: [String: Declaration], live: [LiveObject], in region: String, policy: MaxDeletions,
    approvals: Set<String> = [], granted: Set<SyncPlan.GrantedDeletion> = [], renewed: [String: String] = [:],
    untouched: UnchangedCounts = UnchangedCounts()
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
        // Protection is an annotation of the live object, and not part of the digest.
        if let there, there.digest == object.digest, there.isProtected == object.origin.isProtected {
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
      .sorted { (ManagedKinds.rank(of: $0.id.kind), $1.id) > (ManagedKinds.rank(of: $1.id.kind), $0.id) }
      .map { object in
        SyncPlan.Step(
          action: .delete, id: object.id, org: object.org, relay: object.relay, before: object.digest, after: nil,
          object: nil, live: object)
      }
    let guards = DeletionGuards(
      policy: policy, relays: untouched.relays + live.count { $0.id.kind == "Deployment" },
      isAnythingDeclared: !declared.isEmpty || untouched.organizations > 0)
    let open = deletions.filter { !granted.contains(SyncPlan.GrantedDeletion($0)) }
    let holds = guards.holds(open)
    let heldOrgs = Set(holds.map(\.org))
    let held = open.filter { heldOrgs.contains($0.org) }
    let digest = try DeletionGuards.digest(of: held, in: region, renewed: renewed)
    let all = changes.filter(\.changesKeys) + changes.filter { !$0.changesKeys } + deletions
    if approvals.contains(digest) || held.isEmpty {
      return SyncPlan(
        steps: all, heldSteps: [], holds: [], approved: holds,
        granted: holds.isEmpty ? [] : held.map(SyncPlan.GrantedDeletion.init), unchanged: unchanged, digest: digest)
    }
    // Holds the whole organization, because a new relay may need the port of one whose removal is held. Key changes are
    // never held: a relay that stays must drop a revoked key in any case.
    let isHeld = { (step: SyncPlan.Step) in heldOrgs.contains(step.org) && !step.changesKeys }
    return SyncPlan(
      steps: all.filter { !isHeld($0) }, heldSteps: all.filter(isHeld), holds: holds, unchanged: unchanged,
      digest: digest)
  }
}
