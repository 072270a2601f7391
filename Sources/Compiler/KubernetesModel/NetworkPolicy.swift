/// A NetworkPolicy: the traffic that selected pods may receive and send.
///
/// A direction listed in `policyTypes` is closed except for what its rules allow.
package struct NetworkPolicy: Manifest, Equatable {
  package static let apiVersion = "networking.k8s.io/v1"
  package static let kind = "NetworkPolicy"

  package var metadata: ObjectMeta
  package var spec: Spec

  package init(metadata: ObjectMeta, spec: Spec) {
    self.metadata = metadata
    self.spec = spec
  }

  /// Direction of traffic.
  package enum Direction: String, Encodable, Sendable {
    case ingress = "Ingress"
    case egress = "Egress"
  }

  /// Rules of a NetworkPolicy.
  package struct Spec: Encodable, Sendable, Equatable {
    /// The pods that the policy applies to.
    package var podSelector: LabelSelector
    /// Directions that the policy restricts.
    package var policyTypes: [Direction]
    /// Rules for incoming traffic; each allows more.
    package var ingress: [IngressRule]
    /// Rules for outgoing traffic; each allows more.
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

  /// A rule that allows traffic from any of `from` (empty: from anywhere) to any of `ports` (empty: to all).
  package struct IngressRule: Encodable, Sendable, Equatable {
    /// Permitted sources.
    package var from: [Peer]
    /// Permitted ports of the selected pods.
    package var ports: [Port]

    package init(from: [Peer] = [], ports: [Port] = []) {
      self.from = from
      self.ports = ports
    }
  }

  /// A rule that allows traffic to any of `to` (empty: to anywhere) at any of `ports` (empty: at all).
  package struct EgressRule: Encodable, Sendable, Equatable {
    /// Permitted destinations.
    package var to: [Peer]
    /// Permitted ports of the destinations.
    package var ports: [Port]

    package init(to: [Peer] = [], ports: [Port] = []) {
      self.to = to
      self.ports = ports
    }
  }

  /// A port by number or name, or the range from `port` to `endPort`.
  package struct Port: Encodable, Sendable, Equatable {
    /// Transport protocol.
    package var `protocol`: PortProtocol
    /// Number or name of the port; nil for all ports.
    package var port: IntOrString?
    /// Last port of a range. If set, `port` must be a number not greater than it.
    package var endPort: Int?

    package init(protocol: PortProtocol, port: IntOrString? = nil, endPort: Int? = nil) {
      self.protocol = `protocol`
      self.port = port
      self.endPort = endPort
    }
  }

  /// Pods or IP addresses. If both selectors are set, pods must match both.
  package struct Peer: Encodable, Sendable, Equatable {
    /// Labels of the pods.
    package var podSelector: LabelSelector?
    /// Labels of the pods' namespaces.
    package var namespaceSelector: LabelSelector?
    /// IP addresses; excludes the selectors.
    package var ipBlock: IPBlock?

    /// Makes a peer of pods in the policy's own namespace, or in the namespaces that `namespaceSelector` selects.
    package init(podSelector: LabelSelector? = nil, namespaceSelector: LabelSelector? = nil) {
      self.podSelector = podSelector
      self.namespaceSelector = namespaceSelector
    }

    /// Makes a peer of IP addresses, which cannot be combined with selectors.
    package init(ipBlock: IPBlock) { self.ipBlock = ipBlock }
  }

  /// A range of IP addresses.
  package struct IPBlock: Encodable, Sendable, Equatable {
    /// A network, such as `192.0.2.0/24` or `2001:db8::/64`.
    package var cidr: String
    /// Networks inside `cidr` that are excluded.
    package var except: [String]

    package init(cidr: String, except: [String] = []) {
      self.cidr = cidr
      self.except = except
    }
  }
}
