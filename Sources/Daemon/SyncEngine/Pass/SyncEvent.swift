package import ConfigCompiler
package import GitStore
package import TextFormats
package import DeploymentPlanning

/// Event of a daemon. Progress lines, logs, metrics and status pages all read this one stream.
package enum SyncEvent: Sendable {
  // MARK: Repository

  /// A commit that was not the newest one before.
  case fetched(CommitInfo, source: String)
  /// The very first commit, with the reason to trust it.
  case trusted(CommitInfo, basis: String)
  /// A verified commit, compiled.
  case compiled(CommitInfo, Compilation)
  /// The commit in force from now on.
  case accepted(CommitInfo, Compilation)
  /// A commit that does not come into force.
  case refused(CommitInfo, reason: String)
  /// A pass that did not do all of its work; the next one begins after `pause` seconds.
  case passFailed(reason: String, pause: Double)
  /// A pass without any failure, even if there was nothing to do.
  case passSucceeded

  // MARK: Regions

  /// The beginning of a region's pass.
  case started(region: String, commit: String)
  /// What a region's pass is going to do, and what it holds.
  case planned(region: String, SyncPlan)
  /// A step that was done; its outcome is nil for a deletion.
  case stepDone(region: String, SyncPlan.Step, ApplyOutcome?)
  /// A step that failed.
  case stepFailed(region: String, SyncPlan.Step, TargetError)
  /// Changes of an organization that wait for an approval by this digest.
  case held(region: String, SyncPlan.Hold, digest: String)
  /// An organization with errors, which stays at its last good state.
  case organizationPinned(region: String, org: String, errors: Int)
  /// An organization that could not be rendered, unsealed or given its identity. It stays at its last good state.
  case organizationFailed(region: String, org: String, reason: String)
  /// An object that was changed outside wpex and is as declared again.
  case driftCorrected(region: String, DriftCorrection)
  /// A relay whose instances have all confirmed the files that were applied.
  case inForce(region: String, DeployedRelay, RelayInForce)
  /// A relay of which an instance has not confirmed them for `RelayInForce.patience`.
  case notInForce(region: String, DeployedRelay, RelayInForce)
  /// The end of a region's pass.
  case finished(region: String, PassSummary)

  // MARK: Daemon

  /// The relays' conditions by region.
  case health([String: [RelayCondition]])
  /// The status document, whenever it changes.
  case document(JSON)
  /// A checkpoint of the audit log was signed, at the record with this number.
  case checkpointSigned(record: Int64)
  /// The audit log was changed outside wpex.
  case auditBroken(String)
  /// A fault of this machine that keeps the daemon from reporting or from ending in order.
  case warning(String)
}
