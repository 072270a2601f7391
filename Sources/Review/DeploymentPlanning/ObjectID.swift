package import KubernetesModel

/// The identity of an object, the same in every target.
package struct ObjectID: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// API group and version, such as `apps/v1`.
  package let apiVersion: String
  /// The kind, such as `Deployment`.
  package let kind: String
  /// The namespace; nil for cluster-scoped objects.
  package let namespace: String?
  /// The object's name.
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

  /// The identity for display, such as `Deployment wpex-acme/milan-1`.
  package var description: String { "\(kind) \(namespace.map { "\($0)/" } ?? "")\(name)" }

  /// The identity regardless of the API version.
  var identity: [String] { [kind, namespace ?? "", name] }

  package static func < (left: ObjectID, right: ObjectID) -> Bool {
    left.identity.lexicographicallyPrecedes(right.identity)
  }
}
