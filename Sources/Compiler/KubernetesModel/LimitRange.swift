/// A LimitRange: bounds for each container or pod of a namespace, and defaults for those that set none.
package struct LimitRange: Manifest, Equatable {
  package static let apiVersion = "v1"
  package static let kind = "LimitRange"

  package var metadata: ObjectMeta
  package var spec: Spec

  package init(metadata: ObjectMeta, spec: Spec) {
    self.metadata = metadata
    self.spec = spec
  }

  /// Bounds and defaults of a LimitRange.
  package struct Spec: Encodable, Sendable, Equatable {
    /// Bounds for each type of object.
    package var limits: [Item]

    package init(limits: [Item]) { self.limits = limits }
  }

  /// Bounds and defaults for one type of object.
  package struct Item: Encodable, Sendable, Equatable {
    /// Type of object to which bounds apply.
    package enum Scope: String, Encodable, Sendable {
      case container = "Container"
      case pod = "Pod"
      case persistentVolumeClaim = "PersistentVolumeClaim"
    }

    /// Type of object.
    package var type: Scope
    /// Limits of a container that sets none.
    package var `default`: ResourceList
    /// Requests of a container that sets none.
    package var defaultRequest: ResourceList
    /// Maximum amounts.
    package var max: ResourceList
    /// Minimum amounts.
    package var min: ResourceList
    /// Maximum ratio of a limit to its request.
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
