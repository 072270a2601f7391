/// How a relay's UDP port becomes reachable from outside.
package enum Exposure: String, DocumentedEnumeration {
  case nodePort = "NodePort"
  case loadBalancer = "LoadBalancer"
  case hostPort = "HostPort"

  package var summary: String {
    switch self {
    case .nodePort: "a NodePort on every node, provided by the Service"
    case .loadBalancer: "a load balancer of the cloud provider"
    case .hostPort: "the port of the node that the pod runs on"
    }
  }
}
