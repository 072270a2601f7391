import ChangeSet
import ConfigCompiler
import ConfigModel
import ConfigSchema

/// The fields by which a relay claims something of the provider's cluster that requires the provider's consent: a port
/// of the node, a third party's software, or more resources than the platform grants to each relay.
enum ProviderFields {
  static let exposure = "spec.exposure"
  static let image = "spec.image"
  static let resources = "spec.resources"

  /// Returns the fields by which an added or changed relay claims more than the platform grants and more than it had
  /// before.
  ///
  /// - Parameter platform: the base's platform.
  static func taken(by change: DocumentChange, from platform: PlatformSpec?) -> Set<String> {
    guard case .relay(let head)? = change.head?.declaration else { return [] }
    let relay = head.spec
    var before: RelaySpec?
    if case .relay(let base)? = change.base?.declaration { before = base.spec }
    let platform = platform ?? PlatformSpec()
    var fields: Set<String> = []
    func takesNodePort(_ relay: RelaySpec) -> Bool {
      relay.exposure == .hostPort && platform.region(relay.region)?.exposure != .hostPort
    }
    if takesNodePort(relay), !(before.map(takesNodePort) ?? false) { fields.insert(exposure) }
    // A different image from a foreign repository is different software and needs consent again.
    if let own = relay.image, own.repository != platform.relay.image.repository, own != before?.image {
      fields.insert(image)
    }
    if let own = relay.resources, own != before?.resources {
      let given = platform.defaults.resources ?? ResourceRequirements()
      if own.exceeds([given] + [before?.resources].compactMap { $0 }) { fields.insert(resources) }
    }
    return fields
  }
}
