/// `v1` Service.
package struct Service: Manifest {
  package struct Spec: Encodable, Sendable {
    package var type: String
    package var externalTrafficPolicy: String?
    package var selector: [String: String]
    package var ports: [Port]

    package init(
      type: String, externalTrafficPolicy: String? = nil, selector: [String: String], ports: [Port]
    ) {
      self.type = type
      self.externalTrafficPolicy = externalTrafficPolicy
      self.selector = selector
      self.ports = ports
    }
  }
  package struct Port: Encodable, Sendable {
    package var name: String
    package var `protocol`: String
    package var port: Int
    package var targetPort: PortReference
    package var nodePort: Int?

    package init(name: String, protocol: String, port: Int, targetPort: PortReference, nodePort: Int? = nil) {
      self.name = name
      self.protocol = `protocol`
      self.port = port
      self.targetPort = targetPort
      self.nodePort = nodePort
    }
  }

  package let apiVersion = "v1"
  package let kind = "Service"
  package var metadata: ObjectMeta
  package var spec: Spec

  package init(metadata: ObjectMeta, spec: Spec) {
    self.metadata = metadata
    self.spec = spec
  }
}
