import TextFormats

/// Where peers reach a relay in one of its regions, as far as declarations decide it.
package struct DeclaredEndpoint: Sendable, Equatable {
  /// Name or address; nil if only the load balancer's status tells it.
  package let host: String?
  /// UDP port.
  package let port: Int
  /// Whether a load balancer has the address. Before the cloud has made it, nothing is there.
  package let isBalanced: Bool

  /// `host:port`, with brackets around an IPv6 address; nil if only the load balancer's status tells the host.
  package var text: String? { host.map { HostPort.text($0, port) } }
}

extension PlatformSpec {
  /// Returns where peers reach a relay in a region; nil if the region is unknown or has no public host.
  ///
  /// - Parameters:
  ///   - name: Name of the relay.
  ///   - org: Its organization.
  package func endpoint(of name: String, _ relay: RelaySpec, org: String, in region: String) -> DeclaredEndpoint? {
    guard let declared = self.region(region) else { return nil }
    let isBalanced = exposure(of: relay, in: region) == .loadBalancer
    let host = dnsName(of: name, relay, org: org, in: region) ?? (isBalanced ? nil : declared.publicHost)
    guard isBalanced || host?.isEmpty == false else { return nil }
    return DeclaredEndpoint(host: host, port: relay.port, isBalanced: isBalanced)
  }

  /// Returns the DNS name of a relay's Service in a region: its own, or one in the region's zone; nil if it has none.
  package func dnsName(of name: String, _ relay: RelaySpec, org: String, in region: String) -> String? {
    // external-dns publishes no Service that is reachable inside the cluster only.
    guard exposure(of: relay, in: region) != .hostPort else { return nil }
    return relay.dns ?? self.region(region)?.dnsZone.map { "\(name).\(org).\($0)" }
  }
}
