import ConfigCompiler
import ConfigModel
package import RelayWire
package import TextFormats

/// Where a relay's Service is reachable, as its status says.
package enum ServiceEndpoint {
  /// Name of the port for peers.
  private static let port = "wireguard"

  /// Returns where peers reach the relay of a Service.
  ///
  /// - Returns: Nil if it is not the Service for a relay's peers, or has no load balancer.
  package static func endpoint(_ service: JSON) -> RelayEndpoint? {
    let metadata = service["metadata"]
    guard service["spec"]?["type"]?.text == "LoadBalancer",
      let relay = metadata?["labels"]?[ObjectMetadataKeys.relay]?.text, metadata?["name"]?.text == relay,
      let port = service["spec"]?["ports"]?.elements?.first(where: { $0["name"]?.text == port })?["port"]?.int
    else { return nil }
    let hosts = (service["status"]?["loadBalancer"]?["ingress"]?.elements ?? []).compactMap(host)
    guard let first = hosts.first else { return .pending }
    // The name leads to what the status says.
    let name = metadata?["annotations"]?[ServiceSettings.hostnameAnnotation]?.text.flatMap { isName($0) ? $0 : nil }
    return .known(HostPort.text(name ?? first, port))
  }

  /// Returns the host of an entry of the status. Others may write a status or an annotation: what is neither a name nor an
  /// address could add lines to a peer's configuration.
  private static func host(_ ingress: JSON) -> String? {
    if let name = ingress["hostname"]?.text, !name.isEmpty { return isName(name) ? name : nil }
    return ingress["ip"]?.text.flatMap { IPAddress($0) == nil ? nil : $0 }
  }

  private static func isName(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= 253
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }
}
