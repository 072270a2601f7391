package import ConfigCompiler

/// The changes of one pass in a region, determined before anything is applied.
package struct SyncPlan: Sendable, Equatable {
  /// The change of one object.
  package struct Step: Sendable, Equatable {
    /// Kinds of change.
    package enum Action: String, Sendable, CaseIterable { case create, update, delete }

    /// The kind of change.
    package let action: Action
    /// The object's identity.
    package let id: ObjectID
    /// The organization that owns the object.
    package let org: String
    /// The relay that the object belongs to; nil if it belongs to the whole organization.
    package let relay: String?
    /// The digest of the applied declaration; nil if there is none.
    package let before: String?
    /// The digest of the new declaration; nil for a deletion.
    package let after: String?
    /// The object to apply; nil for a deletion.
    package let object: RenderedObject?
    /// The existing object; nil for a creation.
    package let live: LiveObject?
  }

  /// An approved deletion of one object, with its declaration at the time when it was held.
  package struct GrantedDeletion: Sendable, Hashable {
    /// The object's identity.
    package let id: ObjectID
    /// The digest of the declaration; nil if the live object has none.
    package let before: String?

    package init(id: ObjectID, before: String?) {
      self.id = id
      self.before = before
    }

    /// The deletion of a step.
    package init(_ step: Step) { self.init(id: step.id, before: step.before) }
  }

  /// The reason why an organization's steps wait for an approval.
  package struct Hold: Sendable, Equatable {
    /// Reasons.
    package enum Reason: Sendable, Equatable {
      case tooManyDeletions(relays: Int, of: Int)
      case deletionProtection(relay: String)
      case namespace(String)
      case nothingDeclared
    }
    /// The organization, all of whose steps wait.
    package let org: String
    /// The reason.
    package let reason: Reason

    /// The reason, as a sentence for the user.
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

  /// Steps to take now: creations and updates in dependency order, then deletions in reverse order. Updates of keys
  /// come first.
  package let steps: [Step]
  /// Steps to take once `digest` is approved.
  package let heldSteps: [Step]
  /// The reasons why steps are held.
  package let holds: [Hold]
  /// Holds that an approval has lifted.
  package var approved: [Hold] = []
  /// The deletions that `approved` held.
  package var granted: [GrantedDeletion] = []
  /// Number of objects that need no change.
  package let unchanged: Int
  /// The identifier of the held deletions, so that an approval covers exactly these.
  package let digest: String

  /// Whether there is nothing to do, now or after an approval.
  package var isEmpty: Bool { steps.isEmpty && heldSteps.isEmpty }

  /// Returns the plan without steps that must wait.
  package func without(_ mustWait: (Step) -> Bool) -> SyncPlan {
    SyncPlan(
      steps: steps.filter { !mustWait($0) }, heldSteps: heldSteps, holds: holds, approved: approved, granted: granted,
      unchanged: unchanged, digest: digest)
  }

  /// Held deletions of key bundles. Their relays keep running, so the keys that they admit must stay up to date.
  package var heldBundles: [Step] { heldSteps.filter { $0.action == .delete && $0.id.kind == "Secret" } }

  /// Returns the plan with updates that withdraw keys from relays whose deletion is held. Key withdrawals are never
  /// held.
  ///
  /// - Parameter bundle: returns the Secret for such a deletion, to be used as long as the relay runs; nil to leave it
  ///   unchanged.
  /// - Throws: The error of `bundle`.
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
  /// Whether the step updates the keys of an existing relay. Such steps come first and are never held.
  package var changesKeys: Bool { action == .update && id.kind == "Secret" }
}
