/// The kind and name of a Kubernetes object inside an organization's namespace.
struct ObjectName: Hashable {
  let kind: String
  let name: String
}

/// What the objects of an organization are called: the one place that both the renderer and the check for collisions
/// look at.
package enum ObjectNames {
  static let defaultDeny = "default-deny"
  static let limits = "wpex-limits"
  /// The Secret with an organization's decryption identity, which the daemon writes.
  package static let identity = "wpex-identity"

  /// The Service at which a relay answers HTTP inside the cluster.
  package static func http(_ relay: String) -> String { "\(relay)-http" }
  /// The Secret with a relay's encrypted keys and its configuration.
  package static func bundle(_ relay: String) -> String { "\(relay)-keys" }

  static let ofOrganization = [
    ObjectName(kind: "NetworkPolicy", name: defaultDeny), ObjectName(kind: "ResourceQuota", name: limits),
    ObjectName(kind: "LimitRange", name: limits), ObjectName(kind: "Secret", name: identity),
  ]

  static func ofRelay(_ relay: String) -> [ObjectName] {
    [
      ObjectName(kind: "Deployment", name: relay), ObjectName(kind: "Service", name: relay),
      ObjectName(kind: "Service", name: http(relay)), ObjectName(kind: "Secret", name: bundle(relay)),
      ObjectName(kind: "NetworkPolicy", name: relay), ObjectName(kind: "PodDisruptionBudget", name: relay),
      ObjectName(kind: "PodMonitor", name: relay),
    ]
  }
}
