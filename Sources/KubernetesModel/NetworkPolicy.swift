/// `networking.k8s.io/v1` NetworkPolicy.
package struct NetworkPolicy: Manifest {
  package struct Spec: Encodable, Sendable {
    package var podSelector: LabelSelector
    package var policyTypes: [String]
    package var ingress: [Ingress]?
    package var egress: [Egress]?

    package init(
      podSelector: LabelSelector, policyTypes: [String], ingress: [Ingress]? = nil, egress: [Egress]? = nil
    ) {
      self.podSelector = podSelector
      self.policyTypes = policyTypes
      self.ingress = ingress
      self.egress = egress
    }
  }
  package struct Ingress: Encodable, Sendable {
    package var from: [Peer]?
    package var ports: [Port]?

    package init(from: [Peer]? = nil, ports: [Port]? = nil) {
      self.from = from
      self.ports = ports
    }
  }
  package struct Egress: Encodable, Sendable {
    package var to: [Peer]?
    package var ports: [Port]?

    package init(to: [Peer]? = nil, ports: [Port]? = nil) {
      self.to = to
      self.ports = ports
    }
  }
  package struct Peer: Encodable, Sendable {
    package var namespaceSelector: LabelSelector?
    package var podSelector: LabelSelector?

    package init(namespaceSelector: LabelSelector? = nil, podSelector: LabelSelector? = nil) {
      self.namespaceSelector = namespaceSelector
      self.podSelector = podSelector
    }
  }
  package struct Port: Encodable, Sendable {
    package var `protocol`: String
    /// nil is every port.
    package var port: Int?

    package init(_ protocol: String, _ port: Int? = nil) {
      self.protocol = `protocol`
      self.port = port
    }
  }

  package let apiVersion = "networking.k8s.io/v1"
  package let kind = "NetworkPolicy"
  package var metadata: ObjectMeta
  package var spec: Spec

  package init(metadata: ObjectMeta, spec: Spec) {
    self.metadata = metadata
    self.spec = spec
  }
}
