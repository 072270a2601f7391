package import AuditLog
package import ConfigModel
package import SyncDaemon
package import SyncService

extension MeasuringDesk {
  /// Relays of the daemon in this process, as its settings name them.
  ///
  /// - Throws: `NetworkMeasurementError` if the daemon runs no relays, or an error of its settings.
  package init(_ daemon: DaemonRun.Running) throws {
    let settings = daemon.settings
    let cache = AppliedCommits { [source = daemon.source] in _ = try await source.newest() }
    let site: @Sendable () throws -> any MeasuringSite
    switch settings["target.kind"] {
    case "kubernetes":
      site = { [source = daemon.source] in
        try ClusterSite(settings, store: nil, reach: nil, source: source, cache: cache) { _ in }
      }
    case "local": site = { [folder = daemon.folder] in MachineSite(serving: folder, cache: cache) }
    default:
      throw NetworkMeasurementError(
        .usage, "relays run, and can measure, only if the setting `target.kind` is kubernetes or local")
    }
    let audit = daemon.audit
    self.init(site: site, proxies: try settings.trustedProxies()) { _ = try await audit.append([$0]) }
  }

  /// Relays of `wpex up` in this process.
  ///
  /// - Parameter proxies: Networks of proxies whose `X-Forwarded-For` is trusted.
  package init(serving folder: StateFolder, audit: any AuditStore, proxies: [IPNetwork]) {
    let cache = AppliedCommits()
    self.init(site: { MachineSite(serving: folder, cache: cache) }, proxies: proxies) {
      _ = try await audit.append([$0])
    }
  }
}
