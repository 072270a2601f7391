/// Metadata of an object: `metadata` of meta/v1.
package struct ObjectMeta: Encodable, Sendable, Equatable {
  /// Name, unique for the kind and namespace.
  package var name: String
  /// Namespace; nil for cluster-scoped objects.
  package var namespace: String?
  /// Labels, by which selectors find the object.
  package var labels: [String: String]
  /// Annotations, which selectors ignore.
  package var annotations: [String: String]

  package init(
    name: String, namespace: String? = nil, labels: [String: String] = [:], annotations: [String: String] = [:]
  ) {
    self.name = name
    self.namespace = namespace
    self.labels = labels
    self.annotations = annotations
  }
}

/// Amounts by resource name, such as `cpu: 250m` and `memory: 64Mi`, as Kubernetes quantities.
package typealias ResourceList = [String: String]

/// Transport protocol of a port.
package enum PortProtocol: String, Encodable, Sendable {
  case tcp = "TCP"
  case udp = "UDP"
}
