import DeploymentPlanning
import FoundationEssentials
import SyncEngine
import TextFormats

/// Access to a relay on this machine for measurements: HTTP addresses of its processes and its token, read from the folder
/// of its target. Anyone who can read that folder can do anything with its relays.
package struct LocalRelayAccess: Sendable {
  /// Region of the relay.
  package let region: String
  /// Whether the relay is declared to run.
  package let isWanted: Bool
  /// HTTP address of the most recent start of each process, in the order of their numbers.
  package let addresses: [String]
  /// Bearer token of the relay; nil if it has none yet.
  package let token: String?

  /// Looks up a relay.
  ///
  /// - Parameter folder: Folder of the `LocalTarget`.
  /// - Returns: Nil if no such relay has been applied.
  package init?(org: String, relay: String, in folder: String) {
    for region in Self.names(in: "\(folder)/objects") {
      let objects = "\(folder)/objects/\(region)"
      for name in Self.names(in: objects) where name.hasPrefix("Deployment.") && name.hasSuffix(".json") {
        guard let data = FileManager.default.contents(atPath: "\(objects)/\(name)"),
          let object = (try? JSON(parsing: data)).flatMap(StoredObject.init), object.live.org == org,
          object.live.relay == relay, let namespace = object.live.id.namespace
        else { continue }
        let own = "\(folder)/relays/\(region)/\(namespace)/\(relay)"
        self.region = region
        isWanted = object.replicas > 0
        addresses = (0..<max(0, object.replicas)).compactMap { number in
          FileManager.default.contents(atPath: RelayLaunch.addressFile(of: number, in: own)).map {
            String(decoding: $0, as: UTF8.self)
          }
        }
        token = RelayToken.known(in: own)
        return
      }
    }
    return nil
  }

  /// Returns the HTTP address of the first process that is ready, or of the first one if none is; nil if none was ever
  /// started.
  package func address() async -> String? {
    guard addresses.count > 1 else { return addresses.first }
    for address in addresses {
      guard let place = HostPort(address) else { continue }
      if await ReadinessProbe.isReady(place.host, Int(place.port)) { return address }
    }
    return addresses.first
  }

  private static func names(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }
}
