import ConfigModel
import KeyBundles
import TextFormats

extension ConsoleMapping {
  /// The default range for NodePorts in Kubernetes.
  private static let nodePorts = 30_000...32_767

  /// Creates the platform's document.
  mutating func mapPlatform() {
    if regions.isEmpty { regions = [options.region] }
    let low = min(Self.nodePorts.lowerBound, ports.min() ?? Self.nodePorts.lowerBound)
    let high = max(Self.nodePorts.upperBound, ports.max() ?? Self.nodePorts.upperBound)
    if low != Self.nodePorts.lowerBound || high != Self.nodePorts.upperBound {
      notes.append(
        "relays use ports outside 30000-32767, so regions have \(low)-\(high): include them in the API server's "
          + "--service-node-port-range, or write another exposure")
    }
    var invented: [String] = []
    let regions = self.regions.sorted().map { name -> JSON in
      let host = options.publicHosts[name] ?? options.publicHosts[""]
      if host == nil { invented.append(name) }
      return [
        "name": .string(name), "publicHost": .string(host ?? "\(name).import.invalid"),
        "portRange": .string("\(low)-\(high)"), "exposure": .string(Exposure.nodePort.rawValue),
      ]
    }
    if !invented.isEmpty {
      notes.append(
        "the console does not store the host at which peers reach a region: set publicHost in platform.yaml for "
          + invented.map { "`\($0)`" }.joined(separator: ", "))
    }
    var image: JSON.Members = ["repository": .string(options.imageRepository), "tag": .string(options.imageTag)]
    if let digest = options.imageDigest { image["digest"] = .string(digest) }
    documents.append(
      ImportedDocument(
        .platform, name: options.platformName, path: "platform.yaml",
        spec: [
          "regions": .array(regions), "relay": ["image": .object(image)], "recipient": .string(options.recipient.text),
        ]))
    notes.append("passwords and MFA secrets were not read: OpenID Connect replaces them (User.spec.identities.oidc)")
    notes.append("tenants' API keys were not read: create new tokens (User.spec.access.tokens)")
  }
}
