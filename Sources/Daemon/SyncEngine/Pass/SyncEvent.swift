package import DeploymentPlanning

/// What happens in a pass, for whoever watches: progress, logs and metrics are made of these.
package enum SyncEvent: Sendable {
  case started(region: String, commit: String)
  case planned(region: String, SyncPlan)
  case stepTaken(region: String, SyncPlan.Step, ApplyOutcome?)
  case stepFailed(region: String, SyncPlan.Step, TargetError)
  case held(region: String, SyncPlan.Hold, digest: String)
  case organizationKept(region: String, org: String, errors: Int)
  /// It could not be rendered, unsealed or given its identity; it stays at its last good state.
  case organizationFailed(region: String, org: String, reason: String)
  case driftCorrected(region: String, DriftCorrection)
  case finished(region: String, PassSummary)
}

/// What a pass came to.
package struct PassSummary: Sendable, Equatable {
  package var commit: String
  /// Nil where nothing had to be done.
  package var generation: Int?
  package var created = 0
  package var updated = 0
  package var deleted = 0
  package var unchanged = 0
  package var failed = 0
  package var held = 0
  /// What waits for approval, and the digest that approves it.
  package var holds: [SyncPlan.Hold] = []
  package var heldDigest = ""
  /// The number of object changes that wait, by organization.
  package var heldChanges: [String: Int] = [:]
  /// The commits at which organizations stay that are kept or held; empty if nothing of one was ever applied.
  package var lastGood: [String: String] = [:]
  /// Organizations that stay at their last good state though they have no errors, and why.
  package var failures: [String: String] = [:]
  /// Whether nothing is declared for the region, and nothing is there.
  package var isEmptied = false
  package var seconds = 0.0

  package init(commit: String) { self.commit = commit }

  package var text: String {
    let parts = [(created, "created"), (updated, "updated"), (deleted, "deleted"), (failed, "failed"), (held, "held")]
    let told = parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" } + ["\(unchanged) unchanged"]
    return told.joined(separator: ", ")
  }
}

/// Places at which tests end the program by force, to see that it converges. The number is `WPEX_FAULT_POINT`.
package enum FaultPoint: Int, Sendable, CaseIterable {
  case beforeIntent = 1
  case afterPendingSaved
  case afterIntent
  case beforeStep
  case afterStep
  case afterStepRecorded
  case beforeOutcome
  case afterOutcome
  case afterStateSaved
}
