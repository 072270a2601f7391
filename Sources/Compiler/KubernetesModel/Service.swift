/// An address under which the selected pods are reached.
package struct Service: Manifest, Equatable {
  package static let apiVersion = "v1"
  package static let kind = "Service"

  package var metadata: ObjectMeta
  package var spec: Spec

  package init(metadata: ObjectMeta, spec: Spec) {
    self.metadata = metadata
    self.spec = spec
  }

  package enum Exposure: String, Encodable, Sendable {
    case clusterIP = "ClusterIP"
    case nodePort = "NodePort"
    case loadBalancer = "LoadBalancer"
  }

  /// Whether traffic from outside may be passed on to other nodes, which hides its source address.
  package enum TrafficPolicy: String, Encodable, Sendable {
    case cluster = "Cluster"
    case local = "Local"
  }

  package enum IPFamilyPolicy: String, Encodable, Sendable {
    case singleStack = "SingleStack"
    case preferDualStack = "PreferDualStack"
    case requireDualStack = "RequireDualStack"
  }

  package struct Spec: Encodable, Sendable, Equatable {
    package var type: Exposure
    package var selector: [String: String]
    package var ports: [Port]
    /// Only for `nodePort` and `loadBalancer`.
    package var externalTrafficPolicy: TrafficPolicy?
    package var ipFamilyPolicy: IPFamilyPolicy?

    package init(
      type: Exposure, selector: [String: String], ports: [Port], externalTrafficPolicy: TrafficPolicy? = nil,
      ipFamilyPolicy: IPFamilyPolicy? = nil
    ) {
      self.type = type
      self.selector = selector
      self.ports = ports
      self.externalTrafficPolicy = externalTrafficPolicy
      self.ipFamilyPolicy = ipFamilyPolicy
    }
  }

  package struct Port: Encodable, Sendable, Equatable {
    package var name: String
    package var `protocol`: PortProtocol
    package var port: Int
    /// The number or name of the container's port.
    package var targetPort: IntOrString?
    /// The port of every node; nil leaves the choice to the API server. By default in 30000...32767.
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
