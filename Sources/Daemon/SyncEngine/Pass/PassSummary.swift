package import DeploymentPlanning
import TextFormats

/// Result of a region's pass.
package struct PassSummary: Sendable, Equatable {
  /// The commit that the region follows.
  package var commit: String
  /// The number of the apply; nil if there was nothing to do.
  package var generation: Int?
  /// Objects that were created.
  package var created = 0
  /// Objects that were updated.
  package var updated = 0
  /// Objects that were deleted.
  package var deleted = 0
  /// Objects that were as declared already.
  package var unchanged = 0
  /// Objects that could not be created, updated or deleted.
  package var failed = 0
  /// Object changes that wait for approval.
  package var held = 0
  /// What waits for approval, by organization.
  package var holds: [SyncPlan.Hold] = []
  /// The digest that approves `holds`.
  package var heldDigest = ""
  /// The number of object changes that wait, by organization.
  package var heldChanges: [String: Int] = [:]
  /// The commit at which each pinned or held organization stays; empty if nothing of it was ever applied.
  package var lastGood: [String: String] = [:]
  /// Reasons why organizations without errors stay at their last good state.
  package var failures: [String: String] = [:]
  /// Whether the region declares nothing and holds nothing.
  package var isEmptied = false
  /// Relays that were given new files and have an instance.
  package var relays = 0
  /// How many of `relays` had them in force when the pass ended.
  package var relaysInForce = 0
  /// Duration of the pass, in seconds.
  package var seconds = 0.0

  package init(commit: String) { self.commit = commit }

  /// The counts in words, such as `2 created, 1 held, 40 unchanged`.
  package var text: String {
    let parts = [(created, "created"), (updated, "updated"), (deleted, "deleted"), (failed, "failed"), (held, "held")]
    let counts = parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" } + ["\(unchanged) unchanged"]
    let inForce = relays == 0 ? "" : "; in force so far at \(relaysInForce) of \(counted(relays, "relay"))"
    return counts.joined(separator: ", ") + inForce
  }
}
