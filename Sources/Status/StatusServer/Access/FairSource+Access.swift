import ConfigCompiler
import ConfigModel
import FairShares
import StatusModel

extension FairSource {
  /// A viewer within its organization.
  static func viewer(_ viewer: Viewer) -> FairSource {
    let user = viewer.rights.user
    return FairSource([user.org.map { "org \($0)" } ?? "platform", "\(viewer.kind.rawValue) \(user.name)"])
  }

  /// A client's network.
  static func client(_ address: IPAddress?) -> FairSource { .network(address?.bytes) }
}
