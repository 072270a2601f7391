import FoundationEssentials
import TextFormats
import SyncEngine
import DeploymentPlanning

/// Access to a relay on this machine for measurements: its HTTP address and token, read from the folder of its target.
/// Anyone who can read that folder can do anything with its relays.
package struct LocalRelayAccess: Sendable {
  /// Region of the relay.
  package let region: String
  /// Whether the relay is declared to run.
  package let isWanted: Bool
  /// HTTP address of the most recent process; nil if there never was one.
  package let address: String?
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
        address = FileManager.default.contents(atPath: "\(own)/\(Self.addressFile)").map {
          String(decoding: $0, as: UTF8.self)
        }
        token = RelayToken.known(in: own)
        return
      }
    }
    return nil
  }

  /// Name of the file with the HTTP address, in the relay's folder.
  static let addressFile = "address"

  private static func names(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }
}
