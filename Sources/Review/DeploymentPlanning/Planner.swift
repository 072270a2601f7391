package import ConfigCompiler
package import ConfigModel

/// Compares what is declared with what is there. Pure.
package enum Planner {
  /// What a commit says of one organization.
  package enum Declaration: Sendable, Equatable {
    case objects([RenderedObject])
    /// It has errors: whatever is there stays.
    case kept

    /// Empty if whatever is there stays.
    package var objects: [RenderedObject] {
      if case .objects(let objects) = self { objects } else { [] }
    }
  }

  /// Organizations of a region that are known to stay as they are, and are not compared object by object.
  package struct Untouched: Sendable, Equatable {
    package var organizations: Int
    package var relays: Int

    package init(organizations: Int = 0, relays: Int = 0) {
      self.organizations = organizations
      self.relays = relays
    }
  }

  /// - Parameters:
  ///   - declared: every organization of the commit but the untouched ones. Those that are missing are gone.
  ///   - live: what the target holds for them in this region.
  ///   - policy: how much may be removed at once.
  ///   - approvals: digests of held plans that somebody has approved.
  ///   - granted: deletions that an earlier pass was allowed and could not finish.
  ///   - renewed: for bundles from which keys were withdrawn while their deletion waits, the digest before that, by the one
  ///     since.
  package static func plan(
    _ declared: [String: Declaration], live: [LiveObject], in region: String, policy: MaxDeletions,
    approvals: Set<String> = [], granted: Set<SyncPlan.GrantedDeletion> = [], renewed: [String: String] = [:],
    untouched: Untouched = Untouched()
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
        // The mark of protection stands on the live object, and is not a part of the digest.
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
      .sorted { (rank($0), $1.id) > (rank($1), $0.id) }
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
    // The whole organization waits: a port that moves from a relay to be removed to a new one is not free yet. Keys never
    // wait: a relay that stays loses a revoked key whatever else is held.
    let isHeld = { (step: SyncPlan.Step) in heldOrgs.contains(step.org) && !step.changesKeys }
    return SyncPlan(
      steps: all.filter { !isHeld($0) }, heldSteps: all.filter(isHeld), holds: holds, unchanged: unchanged,
      digest: digest)
  }

  /// What others live in goes last.
  private static func rank(_ object: LiveObject) -> Int {
    let order = [
      "Namespace", "ResourceQuota", "LimitRange", "NetworkPolicy", "RoleBinding", "Secret", "Service",
      "PodDisruptionBudget", "Deployment", "PodMonitor",
    ]
    return order.firstIndex(of: object.id.kind) ?? order.count
  }
}
