/// A Namespace. Its Pod Security labels decide what its pods may do.
package struct Namespace: Manifest, Equatable {
  package static let apiVersion = "v1"
  package static let kind = "Namespace"

  package var metadata: ObjectMeta

  package init(metadata: ObjectMeta) { self.metadata = metadata }
}
