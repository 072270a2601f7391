/// How many of the selected pods an eviction (as by draining a node) has to leave running.
package struct PodDisruptionBudget: Manifest, Equatable {
  package static let apiVersion = "policy/v1"
  package static let kind = "PodDisruptionBudget"

  /// `policy/v1` exists from 1.21 on, `policy/v1beta1` until 1.24.
  package static func apiVersion(for version: KubernetesVersion) -> String {
    version < KubernetesVersion(major: 1, minor: 21) ? "policy/v1beta1" : apiVersion
  }

  package var metadata: ObjectMeta
  package var spec: Spec

  package init(metadata: ObjectMeta, spec: Spec) {
    self.metadata = metadata
    self.spec = spec
  }

  package struct Spec: Encodable, Sendable, Equatable {
    package let minAvailable: IntOrString?
    package let maxUnavailable: IntOrString?
    package var selector: LabelSelector

    /// A budget by the pods that stay, a number or a percentage.
    package init(minAvailable: IntOrString, selector: LabelSelector) {
      self.minAvailable = minAvailable
      maxUnavailable = nil
      self.selector = selector
    }

    /// A budget by the pods that may go, a number or a percentage.
    package init(maxUnavailable: IntOrString, selector: LabelSelector) {
      minAvailable = nil
      self.maxUnavailable = maxUnavailable
      self.selector = selector
    }
  }
}
