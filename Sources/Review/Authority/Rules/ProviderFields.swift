import ChangeSet
import ConfigCompiler
import ConfigModel
import ConfigSchema

/// What a relay may take of the provider's cluster only by the provider's word: a port of its node, software of somebody
/// else's, and more than the platform gives to each relay.
enum ProviderFields {
  static let exposure = "spec.exposure"
  static let image = "spec.image"
  static let resources = "spec.resources"

  /// The fields by which a changed or added relay takes more than the platform gives, and more than it had before.
  ///
  /// - Parameter platform: of the base.
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
    // Another image of a foreign repository is foreign software again.
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
