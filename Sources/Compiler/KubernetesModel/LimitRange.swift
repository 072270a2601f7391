/// What a single container or pod of a namespace may use, and what it gets where it says nothing.
package struct LimitRange: Manifest, Equatable {
  package static let apiVersion = "v1"
  package static let kind = "LimitRange"

  package var metadata: ObjectMeta
  package var spec: Spec

  package init(metadata: ObjectMeta, spec: Spec) {
    self.metadata = metadata
    self.spec = spec
  }

  package struct Spec: Encodable, Sendable, Equatable {
    package var limits: [Item]

    package init(limits: [Item]) { self.limits = limits }
  }

  /// The limits of one type of object.
  package struct Item: Encodable, Sendable, Equatable {
    package enum Scope: String, Encodable, Sendable {
      case container = "Container"
      case pod = "Pod"
      case persistentVolumeClaim = "PersistentVolumeClaim"
    }

    package var type: Scope
    /// The limit of a container that names none.
    package var `default`: ResourceList
    /// The request of a container that names none.
    package var defaultRequest: ResourceList
    package var max: ResourceList
    package var min: ResourceList
    /// How many times its request a limit may be.
    package var maxLimitRequestRatio: ResourceList

    package init(
      type: Scope, default: ResourceList = [:], defaultRequest: ResourceList = [:], max: ResourceList = [:],
      min: ResourceList = [:], maxLimitRequestRatio: ResourceList = [:]
    ) {
      self.type = type
      self.default = `default`
      self.defaultRequest = defaultRequest
      self.max = max
      self.min = min
      self.maxLimitRequestRatio = maxLimitRequestRatio
    }
  }
}
