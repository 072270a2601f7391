/// A Deployment, which runs a number of identical pods and replaces them if their template changes.
package struct Deployment: Manifest, Equatable {
  package static let apiVersion = "apps/v1"
  package static let kind = "Deployment"

  package var metadata: ObjectMeta
  package var spec: Spec

  package init(metadata: ObjectMeta, spec: Spec) {
    self.metadata = metadata
    self.spec = spec
  }

  /// Desired state of a Deployment.
  package struct Spec: Encodable, Sendable, Equatable {
    /// Number of pods; zero stops them all.
    package var replicas: Int
    /// Number of replaced pod templates kept for `kubectl rollout undo`; nil means 10.
    package var revisionHistoryLimit: Int?
    /// Seconds without progress after which a rollout counts as failed; nil means 600.
    package var progressDeadlineSeconds: Int?
    /// Replacement of old pods; nil means a rolling update.
    package var strategy: Strategy?
    /// Selector of exactly the pods of `template`; immutable once the object exists.
    package var selector: LabelSelector
    /// Template of the pods.
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

  /// How new pods replace old ones.
  package struct Strategy: Encodable, Sendable, Equatable {
    /// `Recreate` or `RollingUpdate`.
    package let type: String
    /// Limits of a rolling update; nil for `Recreate`.
    package let rollingUpdate: RollingUpdate?

    /// Stops all old pods before starting new ones: for pods that cannot coexist, such as those with a host port.
    package static let recreate = Strategy(type: "Recreate", rollingUpdate: nil)

    /// Replaces pods step by step.
    ///
    /// Both limits are numbers or percentages of the replicas, and at most one of them may be zero.
    ///
    /// - Parameters:
    ///   - maxUnavailable: Number of pods that may be missing.
    ///   - maxSurge: Number of additional pods that may exist.
    package static func rollingUpdate(maxUnavailable: IntOrString, maxSurge: IntOrString) -> Strategy {
      Strategy(
        type: "RollingUpdate", rollingUpdate: RollingUpdate(maxUnavailable: maxUnavailable, maxSurge: maxSurge))
    }
  }

  /// Limits of a rolling update.
  package struct RollingUpdate: Encodable, Sendable, Equatable {
    /// Number or percentage of pods that may be missing.
    package let maxUnavailable: IntOrString
    /// Number or percentage of additional pods that may exist.
    package let maxSurge: IntOrString
  }
}
