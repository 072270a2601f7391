import DeploymentPlanning

/// A namespace whose Pod Security level changes: Kubernetes will accept other pods in it.
package struct PodSecurityChange: Sendable, Equatable {
  /// The region's name.
  package let region: String
  /// The organization's name.
  package let org: String
  /// The namespace's name.
  package let namespace: String
  /// The level before; nil if the namespace is new.
  package let old: String?
  /// The level after.
  package let new: String
  /// The relays with a port of their node, which the level `restricted` does not allow, sorted.
  package let hostPorts: [String]
  /// Whether the daemon waits for approval.
  package let isHeld: Bool
}
