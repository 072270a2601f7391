/// Names of an organization's objects, shared by the renderer and the check for collisions.
package enum ObjectNames {
  static let defaultDeny = "default-deny"
  static let limits = "wpex-limits"
  /// The Secret with an organization's decryption identity, which the daemon writes.
  package static let identity = "wpex-identity"

  /// Returns the name of the Service for a relay's HTTP port inside the cluster.
  package static func http(_ relay: String) -> String { "\(relay)-http" }
  /// Returns the name of the Service under which a relay's pods find each other.
  package static func members(_ relay: String) -> String { "\(relay)-members" }
  /// Returns the name of the Secret with a relay's encrypted keys and its configuration.
  package static func bundle(_ relay: String) -> String { "\(relay)-keys" }

  /// The objects that every organization has.
  static let ofOrganization = [
    ObjectName(kind: "NetworkPolicy", name: defaultDeny), ObjectName(kind: "ResourceQuota", name: limits),
    ObjectName(kind: "LimitRange", name: limits), ObjectName(kind: "Secret", name: identity),
  ]

  /// Returns the objects that a relay may have.
  static func ofRelay(_ relay: String) -> [ObjectName] {
    [
      ObjectName(kind: "Deployment", name: relay), ObjectName(kind: "Service", name: relay),
      ObjectName(kind: "Service", name: http(relay)), ObjectName(kind: "Service", name: members(relay)),
      ObjectName(kind: "Secret", name: bundle(relay)),
      ObjectName(kind: "NetworkPolicy", name: relay), ObjectName(kind: "PodDisruptionBudget", name: relay),
      ObjectName(kind: "PodMonitor", name: relay),
    ]
  }
}
