/// A PodDisruptionBudget: how many of the selected pods must survive evictions, such as those of draining a node.
package struct PodDisruptionBudget: Manifest, Equatable {
  package static let apiVersion = "policy/v1"
  package static let kind = "PodDisruptionBudget"

  /// Returns `policy/v1`, which exists since 1.21, or `policy/v1beta1`, which exists until 1.24.
  package static func apiVersion(for version: KubernetesVersion) -> String {
    version < KubernetesVersion(major: 1, minor: 21) ? "policy/v1beta1" : apiVersion
  }

  package var metadata: ObjectMeta
  package var spec: Spec

  package init(metadata: ObjectMeta, spec: Spec) {
    self.metadata = metadata
    self.spec = spec
  }

  /// Limits of a PodDisruptionBudget; exactly one of the two is set.
  package struct Spec: Encodable, Sendable, Equatable {
    /// Number or percentage of pods that must remain.
    package let minAvailable: IntOrString?
    /// Number or percentage of pods that may be missing.
    package let maxUnavailable: IntOrString?
    /// The pods that the budget applies to.
    package var selector: LabelSelector

    /// Makes a budget by the number or percentage of pods that must remain.
    package init(minAvailable: IntOrString, selector: LabelSelector) {
      self.minAvailable = minAvailable
      maxUnavailable = nil
      self.selector = selector
    }

    /// Makes a budget by the number or percentage of pods that may be missing.
    package init(maxUnavailable: IntOrString, selector: LabelSelector) {
      minAvailable = nil
      self.maxUnavailable = maxUnavailable
      self.selector = selector
    }
  }
}
