/// A namespace; what its pods may do is in its Pod Security labels.
package struct Namespace: Manifest, Equatable {
  package static let apiVersion = "v1"
  package static let kind = "Namespace"

  package var metadata: ObjectMeta

  package init(metadata: ObjectMeta) { self.metadata = metadata }
}
