import ConfigModel
import DeploymentPlanning

/// A relay whose endpoint in its peers' configuration must change.
package struct EndpointChange: Sendable, Equatable {
  /// The organization's name.
  package let org: String
  /// The relay's name.
  package let relay: String
  /// The old endpoint, `host:port`; `load balancer:port` if only the cluster knows the address.
  package let old: String
  /// The new endpoint, `host:port`; `pending` if a load balancer will have an address later.
  package let new: String
  /// Keys that the relay admits both before and after.
  package let peers: [String]
}
