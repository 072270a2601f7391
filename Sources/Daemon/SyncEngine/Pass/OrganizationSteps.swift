import GitStore
import DeploymentPlanning

/// One organization's part of a plan, and what came of it.
package struct OrganizationSteps: Sendable {
  /// The organization's name.
  package let org: String
  /// Creations and updates, then deletions, in the plan's order.
  var steps: [SyncPlan.Step]
  let generation: Int
  let commit: CommitInfo

  /// The number of steps that were done, by what they did.
  var counts: [SyncPlan.Step.Action: Int] = [:]
  var deleted: Set<ObjectID> = []
  var failed = 0
  /// The first step's failure, to show.
  var firstFailure: String?
  /// Whether its namespace could not be made, so that nothing can be put there.
  var lacksNamespace = false
  /// Whether a failure makes all further steps pointless.
  var isStopped = false
}
