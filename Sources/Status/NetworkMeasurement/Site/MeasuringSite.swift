import AuditStores
import FleetCollectors
import FleetMonitoring

/// Location of the relays that measure: this machine, or a cluster.
protocol MeasuringSite: Sendable {
  /// The commit that decides about rights: the one applied in the relay's region, or in another one if the relay is not
  /// here.
  ///
  /// - Throws: `NetworkMeasurementError` if nothing has been applied yet.
  func applied(around relay: RelayID) async throws -> AppliedCommit

  /// A client for the relay's diagnostics.
  ///
  /// - Throws: `NetworkMeasurementError` if the relay does not run or cannot be reached.
  func diagnostics(of relay: RelayID, _ applied: AppliedCommit) async throws -> RelayDiagnostics

  /// Audit log for measurements.
  var audit: AuditLocation { get throws }

  /// Whether file access to the state folder suffices as authorization.
  var trustsFileAccess: Bool { get }

  /// Closes connections.
  func shutDown() async
}
