package import GitStore
package import DeploymentPlanning

/// Work of one pass over one region, handed from step to step: made by `Reconciler.plan`, ended by
/// `Reconciler.recordOutcome`.
package struct RegionPass: Sendable {
  /// The commit that the region is brought to.
  package let commit: CommitInfo
  /// Milliseconds since 1970 at which the pass began.
  let start: Int64
  /// The objects that the target held before the first step.
  let live: [LiveObject]
  /// What the commit declares, organization by organization.
  let declarations: Reconciler.Declarations
  /// What is to be done, and what waits for approval.
  package internal(set) var plan: SyncPlan
  /// The result so far.
  package internal(set) var summary: PassSummary
  /// The identities to hand to relays, by organization.
  var identities: [String: OrganizationSecret]

  /// The number of the recorded intent; nil if there is nothing to do.
  package var generation: Int? { summary.generation }
}
