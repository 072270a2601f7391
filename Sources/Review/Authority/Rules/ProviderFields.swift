import ChangeSet
import ConfigCompiler
import ConfigModel
import ConfigSchema

/// The fields by which a changed relay takes something that requires the provider's consent.
enum ProviderFields {
  /// Returns the fields by which an added or changed relay takes more than the platform offers to tenants, and more than
  /// it had before.
  ///
  /// - Parameter platform: the base's platform.
  static func taken(by change: DocumentChange, from platform: PlatformSpec?) -> [ProviderField] {
    guard case .relay(let head)? = change.head?.declaration else { return [] }
    var before: RelaySpec?
    if case .relay(let base)? = change.base?.declaration { before = base.spec }
    return (platform ?? PlatformSpec()).fieldsBeyondOffer(
      of: head.spec, in: change.id.org ?? "", before: before)
  }
}
