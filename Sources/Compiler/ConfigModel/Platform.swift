/// What the provider offers: regions, the relay's image, defaults and policy. Exactly one, at the repository's root.
package struct PlatformSpec: ResourceSpec {
  package static let kind = Kind.platform

  package var regions: [Region] = []
  package var relay = RelaySoftware()
  package var defaults = RelayDefaults()
  /// The age recipient of the sync daemon.
  package var recipient = ""
  package var policy = Policy()
  package var alerts = AlertThresholds()
  package var monitoring = Monitoring()
  /// Put before an organization's name to make its namespace.
  package var namespacePrefix = "wpex-"

  package init() {}

  /// The namespace of an organization's objects in every cluster.
  package func namespace(ofOrganization org: String) -> String { namespacePrefix + org }

  package func region(_ name: String) -> Region? { regions.first { $0.name == name } }
}

/// A cluster somewhere, and the ports that relays may use there.
package struct Region: Sendable, Equatable {
  package var name = ""
  package var displayName: String?
  /// A kubeconfig context, or `in-cluster`.
  package var cluster = "in-cluster"
  /// The host name or address that peers put before the port in their Endpoint.
  package var publicHost = ""
  package var portRange: PortRange?
  package var exposure = Exposure.nodePort
  package var nodeSelector: [String: String] = [:]

  package init() {}
}

/// How a relay's UDP port becomes reachable from outside.
package enum Exposure: String, DocumentedEnumeration {
  case nodePort = "NodePort"
  case loadBalancer = "LoadBalancer"
  case hostPort = "HostPort"

  package var summary: String {
    switch self {
    case .nodePort: "a NodePort of every node, kept by the Service"
    case .loadBalancer: "a load balancer of the cloud provider"
    case .hostPort: "the port of the node that the pod runs on"
    }
  }
}

package struct RelaySoftware: Sendable, Equatable {
  package var image = Image()

  package init() {}
}

/// A container image by digest (which never changes its meaning), by tag, or both.
package struct Image: Sendable, Equatable {
  package var repository = ""
  package var tag: String?
  package var digest: String?

  package init() {}

  /// The reference as Kubernetes reads it.
  package var reference: String {
    repository + (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "")
  }
}

package struct RelayDefaults: Sendable, Equatable {
  package var resources: ResourceRequirements?
  package var broadcastRate: Int?
  package var replicas = 1

  package init() {}
}

/// Kubernetes quantities for a relay's container.
package struct ResourceRequirements: Sendable, Equatable {
  package var requests = ResourceAmounts()
  package var limits = ResourceAmounts()

  package init() {}
}

package struct ResourceAmounts: Sendable, Equatable {
  package var cpu: String?
  package var memory: String?

  package init() {}
}

package struct Policy: Sendable, Equatable {
  package var requireSignedCommits = false
  package var requireMerge = false
  /// Names of global users; empty for all who may make what a merge changes.
  package var mergers: [String] = []
  package var maxDeletions = MaxDeletions()
  package var minimumAdmins = 1
  package var requiredLabels: [RequiredLabel] = []
  package var probes = ProbeNetworks()

  package init() {}
}

/// Networks that tenants' probes and measurements may reach besides public ones, and such as they may not.
package struct ProbeNetworks: Sendable, Equatable {
  package var allowedNetworks: [String] = []
  package var deniedNetworks: [String] = []

  package init() {}
}

/// How much one commit may remove before the daemon asks for approval.
package struct MaxDeletions: Sendable, Equatable {
  package var count = 20
  package var percent = 25

  package init() {}
}

/// A label that every document of a kind must carry.
package struct RequiredLabel: Sendable, Equatable {
  package var kind = LabelledKind.relay
  package var label = ""
  package var values: [String] = []

  package init() {}
}

package enum LabelledKind: String, DocumentedEnumeration {
  case organization = "Organization"
  case user = "User"
  case key = "Key"
  case relay = "Relay"

  package var summary: String { "every \(rawValue)" }

  package var kind: Kind {
    switch self {
    case .organization: .organization
    case .user: .user
    case .key: .key
    case .relay: .relay
    }
  }
}

package struct AlertThresholds: Sendable, Equatable {
  /// Percent of handshakes that must succeed.
  package var handshakeSuccessPercent = 70
  /// Handshakes in the window below which no alert is raised.
  package var minimumHandshakes = 10
  package var restarts = 3
  /// Health (0 to 100) below which a relay is critical.
  package var health = 50
  /// Days before its expiry from which a key is warned about.
  package var keyExpiryDays = 30

  package init() {}
}

package struct Monitoring: Sendable, Equatable {
  /// Whether a PodMonitor of the Prometheus operator is rendered for each relay.
  package var podMonitor = false

  package init() {}
}
