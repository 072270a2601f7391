import AuditLog
import AuditStores
import ConfigModel
import FleetMonitoring
import FleetCollectors
import ConfigCompiler

/// A commit that a daemon has applied.
struct AppliedCommit: Sendable {
  let id: String
  /// The commit, compiled for the current time, because tokens expire.
  let compilation: Compilation
}
