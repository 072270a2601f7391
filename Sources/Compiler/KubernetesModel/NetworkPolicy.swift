/// Which traffic the selected pods may receive and send. A direction that is named in `policyTypes` and has no rule is
/// closed.
package struct NetworkPolicy: Manifest, Equatable {
  package static let apiVersion = "networking.k8s.io/v1"
  package static let kind = "NetworkPolicy"

  package var metadata: ObjectMeta
  package var spec: Spec

  package init(metadata: ObjectMeta, spec: Spec) {
    self.metadata = metadata
    self.spec = spec
  }

  package enum Direction: String, Encodable, Sendable {
    case ingress = "Ingress"
    case egress = "Egress"
  }

  package struct Spec: Encodable, Sendable, Equatable {
    package var podSelector: LabelSelector
    package var policyTypes: [Direction]
    package var ingress: [IngressRule]
    package var egress: [EgressRule]

    package init(
      podSelector: LabelSelector, policyTypes: [Direction], ingress: [IngressRule] = [], egress: [EgressRule] = []
    ) {
      self.podSelector = podSelector
      self.policyTypes = policyTypes
      self.ingress = ingress
      self.egress = egress
    }
  }

  /// Allows traffic from any of `from` (empty: from everywhere) to any of `ports` (empty: to all).
  package struct IngressRule: Encodable, Sendable, Equatable {
    package var from: [Peer]
    package var ports: [Port]

    package init(from: [Peer] = [], ports: [Port] = []) {
      self.from = from
      self.ports = ports
    }
  }

  /// Allows traffic to any of `to` (empty: to everywhere) at any of `ports` (empty: at all).
  package struct EgressRule: Encodable, Sendable, Equatable {
    package var to: [Peer]
    package var ports: [Port]

    package init(to: [Peer] = [], ports: [Port] = []) {
      self.to = to
      self.ports = ports
    }
  }

  /// One port, a named port, or the range from `port` to `endPort`.
  package struct Port: Encodable, Sendable, Equatable {
    package var `protocol`: PortProtocol
    package var port: IntOrString?
    /// The last port of a range, at least `port`, which then has to be a number.
    package var endPort: Int?

    package init(protocol: PortProtocol, port: IntOrString? = nil, endPort: Int? = nil) {
      self.protocol = `protocol`
      self.port = port
      self.endPort = endPort
    }
  }

  /// Pods, by themselves or by their namespace, or addresses. Pods of both selectors where both are given.
  package struct Peer: Encodable, Sendable, Equatable {
    package var podSelector: LabelSelector?
    package var namespaceSelector: LabelSelector?
    package var ipBlock: IPBlock?

    /// Pods of the policy's own namespace, or of the namespaces `namespaceSelector` selects.
    package init(podSelector: LabelSelector? = nil, namespaceSelector: LabelSelector? = nil) {
      self.podSelector = podSelector
      self.namespaceSelector = namespaceSelector
    }

    /// Addresses; they cannot be combined with selectors.
    package init(ipBlock: IPBlock) { self.ipBlock = ipBlock }
  }

  package struct IPBlock: Encodable, Sendable, Equatable {
    /// A network as in `192.0.2.0/24` or `2001:db8::/64`.
    package var cidr: String
    /// Networks within `cidr` that are not meant.
    package var except: [String]

    package init(cidr: String, except: [String] = []) {
      self.cidr = cidr
      self.except = except
    }
  }
}
