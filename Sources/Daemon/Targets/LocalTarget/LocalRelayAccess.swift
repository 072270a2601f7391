import FoundationEssentials
import TextFormats
import SyncEngine
import DeploymentPlanning

/// What it takes to have a relay of this machine measure, read from the folder of its target: where it answers, and its
/// token. Whoever may read that folder may do anything with its relays.
package struct LocalRelayAccess: Sendable {
  package let region: String
  /// Whether it is declared to run.
  package let isWanted: Bool
  /// Where it answered HTTP when it was started last; nil where it never was.
  package let address: String?
  package let token: String?

  /// - Parameter folder: that of the `LocalTarget`.
  /// - Returns: Nil where no such relay was applied.
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

  /// Where a relay's process answers HTTP, in the relay's folder.
  static let addressFile = "address"

  private static func names(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }
}
