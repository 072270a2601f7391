package import ConfigCompiler

/// What a pass would do to a region: a value, made before anything is touched.
package struct SyncPlan: Sendable, Equatable {
  /// One object's part.
  package struct Step: Sendable, Equatable {
    package enum Action: String, Sendable, CaseIterable { case create, update, delete }

    package let action: Action
    package let id: ObjectID
    package let org: String
    package let relay: String?
    /// Digests of the declarations.
    package let before: String?
    package let after: String?
    /// What is to be applied; nil for a deletion.
    package let object: RenderedObject?
    /// What is to be deleted.
    package let live: LiveObject?
  }

  /// A deletion that somebody approved: of one object, as it was declared when it was held.
  package struct GrantedDeletion: Sendable, Hashable {
    package let id: ObjectID
    /// The digest of the declaration; nil if the live object names none.
    package let before: String?

    package init(id: ObjectID, before: String?) {
      self.id = id
      self.before = before
    }

    package init(_ step: Step) { self.init(id: step.id, before: step.before) }
  }

  /// Why steps wait for somebody.
  package struct Hold: Sendable, Equatable {
    package enum Reason: Sendable, Equatable {
      case tooManyDeletions(relays: Int, of: Int)
      case deletionProtection(relay: String)
      case namespace(String)
      case nothingDeclared
    }
    /// Whose deletions wait; all of its steps do.
    package let org: String
    package let reason: Reason

    package var explanation: String {
      switch reason {
      case .tooManyDeletions(let relays, let all):
        "\(relays) of \(all) relays would be removed, which is more than policy.maxDeletions allows"
      case .deletionProtection(let relay): "relay `\(relay)` has deletionProtection and would be removed"
      case .namespace(let name): "the namespace `\(name)`, and everything in it, would be removed"
      case .nothingDeclared: "nothing is declared any more, and everything would be removed"
      }
    }
  }

  /// To be taken now: creations and changes in the order of dependence, then deletions in the reverse order.
  package let steps: [Step]
  /// To be taken once somebody approves `digest`.
  package let heldSteps: [Step]
  package let holds: [Hold]
  /// Holds that somebody's approval has lifted.
  package var approved: [Hold] = []
  /// The deletions of `approved`.
  package var granted: [GrantedDeletion] = []
  package let unchanged: Int
  /// Names the deletions that are held, so that an approval is good for exactly these.
  package let digest: String

  package var isEmpty: Bool { steps.isEmpty && heldSteps.isEmpty }

  /// The same plan without steps that cannot be taken yet.
  package func without(_ mustWait: (Step) -> Bool) -> SyncPlan {
    SyncPlan(
      steps: steps.filter { !mustWait($0) }, heldSteps: heldSteps, holds: holds, approved: approved, granted: granted,
      unchanged: unchanged, digest: digest)
  }

  /// The deletions of key bundles that are held: their relays run on, and what they admit has to stay true.
  package var heldBundles: [Step] { heldSteps.filter { $0.action == .delete && $0.id.kind == "Secret" } }

  /// The same plan, in which relays whose deletion is held lose the keys that were withdrawn from them. Keys never wait.
  ///
  /// - Parameter bundle: what the Secret of such a deletion must be for as long as its relay runs; nil if it stays as it is.
  package func renewing<Failure>(_ bundle: (Step) throws(Failure) -> RenderedObject?) throws(Failure) -> SyncPlan {
    var updates: [Step] = []
    for held in heldBundles {
      guard let object = try bundle(held), ObjectID(object.manifest).identity == held.id.identity,
        object.digest != held.before
      else { continue }
      updates.append(
        Step(
          action: .update, id: held.id, org: held.org, relay: held.relay, before: held.before, after: object.digest,
          object: object, live: held.live))
    }
    return SyncPlan(
      steps: updates + steps, heldSteps: heldSteps, holds: holds, approved: approved, granted: granted,
      unchanged: unchanged, digest: digest)
  }
}

extension SyncPlan.Step {
  /// Whether it replaces the keys of a relay that is there: what revokes a key comes first and is never held.
  package var changesKeys: Bool { action == .update && id.kind == "Secret" }
}
