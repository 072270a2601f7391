package import KubernetesModel

/// Which object is meant, in every target alike.
package struct ObjectID: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let apiVersion: String
  package let kind: String
  /// Nil for objects of the cluster.
  package let namespace: String?
  package let name: String

  package init(apiVersion: String, kind: String, namespace: String?, name: String) {
    self.apiVersion = apiVersion
    self.kind = kind
    self.namespace = namespace
    self.name = name
  }

  package init(_ manifest: AnyManifest) {
    self.init(
      apiVersion: manifest.apiVersion, kind: manifest.kind, namespace: manifest.namespace, name: manifest.name)
  }

  /// `Deployment wpex-acme/milan-1`.
  package var description: String { "\(kind) \(namespace.map { "\($0)/" } ?? "")\(name)" }

  /// What it is whatever version of its API names it.
  var identity: [String] { [kind, namespace ?? "", name] }

  package static func < (left: ObjectID, right: ObjectID) -> Bool {
    left.identity.lexicographicallyPrecedes(right.identity)
  }
}
