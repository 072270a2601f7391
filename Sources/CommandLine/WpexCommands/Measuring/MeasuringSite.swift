import AuditLog
import AuditStores
import ConfigCompiler
import ConfigModel
import FleetMonitoring
import FleetCollectors

/// Where relays run that measure: this machine, or a cluster.
protocol MeasuringSite: Sendable {
  /// What is applied there, by which rights are judged.
  func applied(around relay: RelayID) async throws -> AppliedCommit

  /// What asks the relay.
  ///
  /// - Throws: `CommandError` where it does not run, or cannot be asked.
  func diagnostics(of relay: RelayID, _ applied: AppliedCommit) async throws -> RelayDiagnostics

  /// Where measurements are recorded.
  var audit: AuditLocation { get throws }

  /// Whether those who may read what is kept here own the relays: they need no token of the repository.
  var trustsFileAccess: Bool { get }

  func shutDown() async
}

/// A commit that a daemon has applied.
struct AppliedCommit: Sendable {
  let id: String
  let compilation: Compilation
}
