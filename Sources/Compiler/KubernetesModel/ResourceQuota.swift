/// What all objects of a namespace may use together.
package struct ResourceQuota: Manifest, Equatable {
  package static let apiVersion = "v1"
  package static let kind = "ResourceQuota"

  package var metadata: ObjectMeta
  package var spec: Spec

  package init(metadata: ObjectMeta, spec: Spec) {
    self.metadata = metadata
    self.spec = spec
  }

  package struct Spec: Encodable, Sendable, Equatable {
    /// The limits by name, as in `requests.cpu`, `pods`, `services.nodeports`, `count/deployments.apps`.
    package var hard: ResourceList

    package init(hard: ResourceList) { self.hard = hard }
  }
}
