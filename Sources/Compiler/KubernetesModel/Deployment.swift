/// Keeps a number of equal pods running and replaces them when their template changes.
package struct Deployment: Manifest, Equatable {
  package static let apiVersion = "apps/v1"
  package static let kind = "Deployment"

  package var metadata: ObjectMeta
  package var spec: Spec

  package init(metadata: ObjectMeta, spec: Spec) {
    self.metadata = metadata
    self.spec = spec
  }

  package struct Spec: Encodable, Sendable, Equatable {
    /// Zero stops it.
    package var replicas: Int
    /// How many replaced pod templates are kept for `kubectl rollout undo`; nil leaves it at ten.
    package var revisionHistoryLimit: Int?
    /// Seconds without progress after which a rollout counts as failed; nil leaves it at 600.
    package var progressDeadlineSeconds: Int?
    package var strategy: Strategy?
    /// Selects exactly the pods of `template`; cannot be changed once the object exists.
    package var selector: LabelSelector
    package var template: PodTemplate

    package init(
      replicas: Int, revisionHistoryLimit: Int? = nil, progressDeadlineSeconds: Int? = nil, strategy: Strategy? = nil,
      selector: LabelSelector, template: PodTemplate
    ) {
      self.replicas = replicas
      self.revisionHistoryLimit = revisionHistoryLimit
      self.progressDeadlineSeconds = progressDeadlineSeconds
      self.strategy = strategy
      self.selector = selector
      self.template = template
    }
  }

  /// How old pods give way to new ones.
  package struct Strategy: Encodable, Sendable, Equatable {
    package let type: String
    package let rollingUpdate: RollingUpdate?

    /// Stops all old pods, then starts the new ones: for pods that cannot run side by side, as with a host's port.
    package static let recreate = Strategy(type: "Recreate", rollingUpdate: nil)

    /// Replaces pods step by step; both limits are numbers or percentages of the replicas and may not both be zero.
    package static func rollingUpdate(maxUnavailable: IntOrString, maxSurge: IntOrString) -> Strategy {
      Strategy(
        type: "RollingUpdate", rollingUpdate: RollingUpdate(maxUnavailable: maxUnavailable, maxSurge: maxSurge))
    }
  }

  package struct RollingUpdate: Encodable, Sendable, Equatable {
    package let maxUnavailable: IntOrString
    package let maxSurge: IntOrString
  }
}
