/// A ResourceQuota: upper bounds on what all objects of a namespace use together.
package struct ResourceQuota: Manifest, Equatable {
  package static let apiVersion = "v1"
  package static let kind = "ResourceQuota"

  package var metadata: ObjectMeta
  package var spec: Spec

  package init(metadata: ObjectMeta, spec: Spec) {
    self.metadata = metadata
    self.spec = spec
  }

  /// Bounds of a ResourceQuota.
  package struct Spec: Encodable, Sendable, Equatable {
    /// Bounds by name, such as `requests.cpu`, `pods`, `services.nodeports` or `count/deployments.apps`.
    package var hard: ResourceList

    package init(hard: ResourceList) { self.hard = hard }
  }
}
