import ConfigModel
import DeploymentPlanning

/// A relay whose endpoint in its peers' configuration must change.
package struct EndpointChange: Sendable, Equatable {
  /// The organization's name.
  package let org: String
  /// The relay's name.
  package let relay: String
  /// The old endpoint, `host:port`.
  package let old: String
  /// The new endpoint, `host:port`.
  package let new: String
  /// Keys that the relay admits both before and after.
  package let peers: [String]
}
