import FoundationEssentials
import SyncDaemon

/// Relays and audit log of a measurement, as the user names them.
package struct MeasuringPlace: Sendable {
  /// Route to relays of a cluster: directly to the pod network, or through the API server's proxy.
  package enum Reach: String, CaseIterable, Sendable { case directly, server }

  /// State folder of a daemon on this machine.
  let state: String
  /// File with the daemon's settings.
  package var config: String?
  /// Config repository that the cluster's daemon follows.
  package var repository: String?
  /// Kubeconfig of the relay's cluster.
  package var kubeconfig: String?
  /// Route to the relay; nil to choose: directly in a pod, through the API server with a kubeconfig.
  package var reach: Reach?
  /// Audit log; nil for the daemon's.
  package var store: String?
  private let environment: [String: String]

  /// - Parameters:
  ///   - state: State folder of a daemon on this machine.
  ///   - environment: The environment's variables.
  package init(state: String, environment: [String: String] = ProcessInfo.processInfo.environment) {
    self.state = state
    self.environment = environment
  }

  /// Whether the relays are those of a daemon's settings or a cluster, rather than of `wpex up`.
  package var hasSettings: Bool { config != nil || kubeconfig != nil }

  /// Finds the relays.
  ///
  /// - Parameter onNotice: Called with one line if the mirror of the repository had to be made again.
  /// - Throws: `NetworkMeasurementError`, or an error of the settings or the cluster.
  func site(onNotice: @escaping @Sendable (String) -> Void) throws -> any MeasuringSite {
    guard hasSettings else {
      let variable = environment["WPEX_AUDIT_STORE"].flatMap { $0.isEmpty ? nil : $0 }
      return try MachineSite(state: state, store: store ?? variable)
    }
    var flags: [String: String] = [:]
    flags["repository.url"] = repository
    flags["target.kubeconfig"] = kubeconfig
    let settings = try SyncSettings(flags: flags, file: config, environment: environment)
    switch settings["target.kind"] {
    case "kubernetes": return try ClusterSite(settings, store: store, reach: reach, onNotice: onNotice)
    case "local":
      return try MachineSite(state: settings["state"] ?? state, store: store ?? settings["audit.store"])
    default:
      throw NetworkMeasurementError(.usage, "relays run only if the setting `target.kind` is kubernetes or local")
    }
  }
}
