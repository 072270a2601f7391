import ConfigCompiler
import ConfigModel
import FairShares
import StatusModel

extension FairSource {
  /// Returns the share of a viewer, within that of its organization.
  static func viewer(_ viewer: Viewer) -> FairSource {
    let user = viewer.rights.user
    return FairSource([user.org.map { "org \($0)" } ?? "platform", "\(viewer.kind.rawValue) \(user.name)"])
  }

  /// Returns the share of a client's network.
  static func client(_ address: IPAddress?) -> FairSource { .network(address?.bytes) }
}
