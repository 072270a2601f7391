/// A cluster, and the ports that relays may use there.
package struct Region: Sendable, Equatable {
  /// Unique name, to which relays and organizations refer.
  package var name = ""
  /// Display name.
  package var displayName: String?
  /// Name of the daemon's kubeconfig context for the region's cluster, or `inCluster`.
  package var cluster = Region.inCluster
  /// Prefix that turns an organization's name into its namespace in this region; nil for the platform's.
  package var namespacePrefix: String?
  /// The host name or address that peers put before the port in their `Endpoint`.
  package var publicHost = ""
  /// The UDP ports that relays may use.
  package var portRange: PortRange?
  /// How ports become reachable, unless a relay chooses another way.
  package var exposure = Exposure.nodePort
  /// Values of its relays' Services.
  package var service = ServiceSettings()
  /// DNS zone in which its relays have names, `RELAY.ORG.ZONE`; nil if they have none.
  package var dnsZone: String?
  /// Labels of the nodes that relays may run on; empty for all nodes.
  package var nodeSelector: [String: String] = [:]

  /// The `cluster` that means: where the region's daemon runs. Regions with it have a daemon and a cluster each.
  package static let inCluster = "in-cluster"

  package init() {}
}
