import ConfigCompiler
package import DeploymentPlanning

/// A relay of a region, as its objects name it.
package struct DeployedRelay: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// Name of the organization.
  package let org: String
  /// Name of the relay.
  package let name: String
  /// Namespace of its objects.
  package let namespace: String

  package init(org: String, name: String, namespace: String) {
    self.org = org
    self.name = name
    self.namespace = namespace
  }

  /// Creates the relay whose keys an object holds; nil if the object is something else.
  package init?(keysIn id: ObjectID, org: String, relay: String?) {
    guard id.kind == "Secret", let relay, let namespace = id.namespace, id.name == ObjectNames.bundle(relay) else {
      return nil
    }
    self.init(org: org, name: relay, namespace: namespace)
  }

  package var description: String { "\(org)/\(name)" }

  package static func < (left: DeployedRelay, right: DeployedRelay) -> Bool {
    (left.org, left.name, left.namespace) < (right.org, right.name, right.namespace)
  }
}
