/// The provider's offer: regions, relay image, defaults and policy. A repository has exactly one, at its root.
package struct PlatformSpec: ResourceSpec {
  package static let kind = Kind.platform

  /// The clusters that relays run in; at least one.
  package var regions: [Region] = []
  /// The software that relays run.
  package var relay = RelaySoftware()
  /// Values for relays that do not set their own.
  package var defaults = RelayDefaults()
  /// What tenants can choose for their relays.
  package var tenants = TenantOffer()
  /// The operator's own rules about documents.
  package var rules: [OperatorRule] = []
  /// The sync daemon's age recipient, `age1…`.
  package var recipient = ""
  /// Ed25519 public keys in base64 of which one must have signed what a relay uses; empty if relays need no signature.
  package var declarationKeys: [String] = []
  /// Rules that the compiler and the daemon enforce.
  package var policy = Policy()
  /// Thresholds of warnings and alerts.
  package var alerts = AlertThresholds()
  /// Objects to render for monitoring systems.
  package var monitoring = Monitoring()
  /// Prefix that turns an organization's name into its namespace, in regions without a prefix of their own.
  package var namespacePrefix = "wpex-"

  package init() {}

  /// Returns the region called `name`; nil if there is none.
  package func region(_ name: String) -> Region? { regions.first { $0.name == name } }

  /// Returns how a relay's port becomes reachable in a region.
  package func exposure(of relay: RelaySpec, in region: String) -> Exposure {
    relay.exposure ?? self.region(region)?.exposure ?? .nodePort
  }
}

/// The software that relays run.
package struct RelaySoftware: Sendable, Equatable {
  /// Container image of every relay that does not set its own.
  package var image = Image()
  /// Whether the pods of a relay form a cluster; false for images that do not know clusters.
  package var cluster = true

  package init() {}
}

/// Values for relays that do not set their own.
package struct RelayDefaults: Sendable, Equatable {
  /// Processor time and memory of a relay's container.
  package var resources: ResourceRequirements?
  /// Broadcast handshake initiations per second.
  package var broadcastRate: Int?
  /// Pods per relay, 1 to 10; only 1 if relays form no clusters.
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
