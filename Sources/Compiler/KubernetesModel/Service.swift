/// A Service: a stable address for the selected pods.
package struct Service: Manifest, Equatable {
  package static let apiVersion = "v1"
  package static let kind = "Service"

  package var metadata: ObjectMeta
  package var spec: Spec

  package init(metadata: ObjectMeta, spec: Spec) {
    self.metadata = metadata
    self.spec = spec
  }

  /// How a Service is reachable.
  package enum Exposure: String, Encodable, Sendable {
    case clusterIP = "ClusterIP"
    case nodePort = "NodePort"
    case loadBalancer = "LoadBalancer"
  }

  /// Address of a Service inside the cluster, if the API server does not choose it.
  package enum ClusterAddress: String, Encodable, Sendable {
    /// None: the Service's name stands for the addresses of all its pods.
    case headless = "None"
  }

  /// Whether nodes may forward traffic from outside to other nodes, which hides its source address.
  package enum TrafficPolicy: String, Encodable, Sendable {
    case cluster = "Cluster"
    case local = "Local"
  }

  /// IP families of a Service's addresses.
  package enum IPFamilyPolicy: String, Encodable, Sendable {
    case singleStack = "SingleStack"
    case preferDualStack = "PreferDualStack"
    case requireDualStack = "RequireDualStack"
  }

  /// Addresses and ports of a Service.
  package struct Spec: Encodable, Sendable, Equatable {
    /// How the Service is reachable.
    package var type: Exposure
    /// Address inside the cluster: nil for one that the API server chooses, or `headless`.
    package var clusterIP: ClusterAddress?
    /// Labels of the pods that receive the traffic.
    package var selector: [String: String]
    /// Ports of the Service.
    package var ports: [Port]
    /// Whether pods that are not ready have addresses under the Service's name too; nil means they do not.
    package var publishNotReadyAddresses: Bool?
    /// Forwarding of traffic from outside; only for `nodePort` and `loadBalancer`.
    package var externalTrafficPolicy: TrafficPolicy?
    /// IP families of the addresses; nil means a single one.
    package var ipFamilyPolicy: IPFamilyPolicy?
    /// Implementation of the load balancer, which cannot change while the Service has one; nil for the default. Only for
    /// `loadBalancer`.
    package var loadBalancerClass: String?

    package init(
      type: Exposure, clusterIP: ClusterAddress? = nil, selector: [String: String], ports: [Port],
      publishNotReadyAddresses: Bool? = nil, externalTrafficPolicy: TrafficPolicy? = nil,
      ipFamilyPolicy: IPFamilyPolicy? = nil, loadBalancerClass: String? = nil
    ) {
      self.type = type
      self.clusterIP = clusterIP
      self.selector = selector
      self.ports = ports
      self.publishNotReadyAddresses = publishNotReadyAddresses
      self.externalTrafficPolicy = externalTrafficPolicy
      self.ipFamilyPolicy = ipFamilyPolicy
      self.loadBalancerClass = loadBalancerClass
    }
  }

  /// A port of a Service.
  package struct Port: Encodable, Sendable, Equatable {
    /// Name, unique in the Service.
    package var name: String
    /// Transport protocol.
    package var `protocol`: PortProtocol
    /// The Service's own port, 1 to 65535.
    package var port: Int
    /// Number or name of the container's port; nil means the same as `port`.
    package var targetPort: IntOrString?
    /// The port on every node, by default in 30000...32767; nil leaves the choice to the API server.
    package var nodePort: Int?

    package init(
      name: String, protocol: PortProtocol, port: Int, targetPort: IntOrString? = nil, nodePort: Int? = nil
    ) {
      self.name = name
      self.protocol = `protocol`
      self.port = port
      self.targetPort = targetPort
      self.nodePort = nodePort
    }
  }
}
