/// The provider's offer: regions, relay image, defaults and policy. A repository has exactly one, at its root.
package struct PlatformSpec: ResourceSpec {
  package static let kind = Kind.platform

  /// The clusters that relays run in; at least one.
  package var regions: [Region] = []
  /// The software that relays run.
  package var relay = RelaySoftware()
  /// Values for relays that do not set their own.
  package var defaults = RelayDefaults()
  /// The sync daemon's age recipient, `age1…`.
  package var recipient = ""
  /// Rules that the compiler and the daemon enforce.
  package var policy = Policy()
  /// Thresholds of warnings and alerts.
  package var alerts = AlertThresholds()
  /// Objects to render for monitoring systems.
  package var monitoring = Monitoring()
  /// Prefix that turns an organization's name into its namespace.
  package var namespacePrefix = "wpex-"

  package init() {}

  /// Returns the namespace that holds an organization's objects in every cluster.
  package func namespace(ofOrganization org: String) -> String { namespacePrefix + org }

  /// Returns the region called `name`; nil if there is none.
  package func region(_ name: String) -> Region? { regions.first { $0.name == name } }
}

/// A cluster, and the ports that relays may use there.
package struct Region: Sendable, Equatable {
  /// Unique name, to which relays and organizations refer.
  package var name = ""
  /// Display name.
  package var displayName: String?
  /// Name of a kubeconfig context, or `in-cluster`.
  package var cluster = "in-cluster"
  /// The host name or address that peers put before the port in their `Endpoint`.
  package var publicHost = ""
  /// The UDP ports that relays may use.
  package var portRange: PortRange?
  /// How ports become reachable, unless a relay chooses another way.
  package var exposure = Exposure.nodePort
  /// Labels of the nodes that relays may run on; empty for all nodes.
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

/// The software that relays run.
package struct RelaySoftware: Sendable, Equatable {
  /// Container image of every relay that does not set its own.
  package var image = Image()

  package init() {}
}

/// A container image by tag, by digest (which always means the same image), or both.
package struct Image: Sendable, Equatable {
  /// Registry and path, such as `ghcr.io/wpex/wpex-relay`.
  package var repository = ""
  /// Tag; nil if only the digest is given.
  package var tag: String?
  /// Digest, `sha256:…`; nil if only the tag is given.
  package var digest: String?

  package init() {}

  /// The reference in Kubernetes' form: `REPOSITORY:TAG@DIGEST`, without the missing parts.
  package var reference: String {
    repository + (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "")
  }
}

/// Values for relays that do not set their own.
package struct RelayDefaults: Sendable, Equatable {
  /// Processor time and memory of a relay's container.
  package var resources: ResourceRequirements?
  /// Broadcast handshake initiations per second.
  package var broadcastRate: Int?
  /// Pods per relay, 1 to 10.
  package var replicas = 1

  package init() {}
}

/// CPU and memory of a relay's container, as Kubernetes quantities.
package struct ResourceRequirements: Sendable, Equatable {
  /// Amounts that the scheduler reserves.
  package var requests = ResourceAmounts()
  /// Amounts that the container may not exceed.
  package var limits = ResourceAmounts()

  package init() {}
}

/// Amounts of CPU and memory; nil if not set.
package struct ResourceAmounts: Sendable, Equatable {
  /// CPU time in cores, such as `250m`.
  package var cpu: String?
  /// Memory in bytes, such as `64Mi`.
  package var memory: String?

  package init() {}
}

/// Rules that the compiler and the daemon enforce.
package struct Policy: Sendable, Equatable {
  /// Whether the daemon applies only commits signed by a user with the permissions that they need.
  package var requireSignedCommits = false
  /// Whether the daemon applies only merge commits signed by a user with the permissions that they need.
  package var requireMerge = false
  /// Names of the global users who may sign merges; empty for every user with the permissions that the merge needs.
  package var mergers: [String] = []
  /// Upper bounds on what one commit may delete without approval.
  package var maxDeletions = MaxDeletions()
  /// Number of active admins that must remain, 1 to 100.
  package var minimumAdmins = 1
  /// Labels that documents must carry.
  package var requiredLabels: [RequiredLabel] = []
  /// Exceptions for what tenants may probe from relays.
  package var probes = ProbeNetworks()

  package init() {}
}

/// Networks that tenants' probes and diagnostics may reach in addition to public ones, and those that they may not.
package struct ProbeNetworks: Sendable, Equatable {
  /// Private networks that may be probed, each `ADDRESS/BITS`.
  package var allowedNetworks: [String] = []
  /// Networks that may not be probed, each `ADDRESS/BITS`, such as the provider's public ones.
  package var deniedNetworks: [String] = []

  package init() {}
}

/// Limits on what one commit may delete before the daemon asks for approval.
package struct MaxDeletions: Sendable, Equatable {
  /// Number of objects.
  package var count = 20
  /// Percentage of an organization's objects, 0 to 100.
  package var percent = 25

  package init() {}
}

/// A label that every document of a kind must carry.
package struct RequiredLabel: Sendable, Equatable {
  /// Kind of the documents.
  package var kind = LabelledKind.relay
  /// Key of the label.
  package var label = ""
  /// Permitted values; empty for any.
  package var values: [String] = []

  package init() {}
}

/// The kinds for which a label can be required.
package enum LabelledKind: String, DocumentedEnumeration {
  case organization = "Organization"
  case user = "User"
  case key = "Key"
  case relay = "Relay"

  package var summary: String { "every \(rawValue)" }

  /// The corresponding document kind.
  package var kind: Kind {
    switch self {
    case .organization: .organization
    case .user: .user
    case .key: .key
    case .relay: .relay
    }
  }
}

/// Thresholds of warnings and alerts.
package struct AlertThresholds: Sendable, Equatable {
  /// Percentage of handshakes that must succeed, 0 to 100.
  package var handshakeSuccessPercent = 70
  /// Number of handshakes in the window below which no alert is raised.
  package var minimumHandshakes = 10
  /// Restarts of a relay that still count as normal.
  package var restarts = 3
  /// Health, 0 to 100, below which a relay is critical.
  package var health = 50
  /// Days before expiry from which a key raises a warning.
  package var keyExpiryDays = 30

  package init() {}
}

/// Objects to render for monitoring systems.
package struct Monitoring: Sendable, Equatable {
  /// Whether a PodMonitor for the Prometheus operator is rendered for each relay.
  package var podMonitor = false

  package init() {}
}
