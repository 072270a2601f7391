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

/// An object that a target holds for us.
package struct LiveObject: Sendable, Equatable {
  package let id: ObjectID
  package let org: String
  package let relay: String?
  /// Of the declaration that it was made from; nil where the mark is gone.
  package let digest: String?
  package let isProtected: Bool
  /// Tells it from another one of its name.
  package let uid: String?

  package init(id: ObjectID, org: String, relay: String?, digest: String?, isProtected: Bool, uid: String? = nil) {
    self.id = id
    self.org = org
    self.relay = relay
    self.digest = digest
    self.isProtected = isProtected
    self.uid = uid
  }
}
