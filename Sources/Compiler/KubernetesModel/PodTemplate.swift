/// The template of a Deployment's pods.
package struct PodTemplate: Encodable, Sendable, Equatable {
  /// Labels and annotations of every pod.
  package var metadata: Metadata
  /// Specification of every pod.
  package var spec: PodSpec

  package init(metadata: Metadata, spec: PodSpec) {
    self.metadata = metadata
    self.spec = spec
  }

  /// Metadata of a template. It has no name, because each pod gets its own.
  package struct Metadata: Encodable, Sendable, Equatable {
    /// Labels of every pod.
    package var labels: [String: String]
    /// Annotations of every pod.
    package var annotations: [String: String]

    package init(labels: [String: String], annotations: [String: String] = [:]) {
      self.labels = labels
      self.annotations = annotations
    }
  }
}
