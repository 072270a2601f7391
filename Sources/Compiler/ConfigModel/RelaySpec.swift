/// A relay: a UDP port in one region or several, and the keys it admits.
package struct RelaySpec: ResourceSpec {
  package static let kind = Kind.relay

  /// Names of the regions that the relay runs in; at least one, all different.
  package var regions: [String] = []
  /// The UDP port that peers send to, 1 to 65535, unique in each of its regions.
  package var port = 0
  /// The UDP port at which the relay's processes reach each other across regions; nil for a relay of one region.
  package var clusterPort: Int?
  /// Whether the relay runs.
  package var state = RelayState.running
  /// The keys that the relay admits.
  package var keys = KeySelection()
  /// Who may speak with whom; nil if everybody may speak with everybody.
  package var access: [AccessRule]?
  /// Container image; nil for the platform's.
  package var image: Image?
  /// Moment of the last requested restart; changing it restarts the pods.
  package var restartedAt: Timestamp?
  /// Broadcast handshake initiations per second; nil for the platform's default.
  package var broadcastRate: Int?
  /// Upper bound on forwarded traffic, in Mbit/s; nil if unlimited.
  package var bandwidthMbps: Int?
  /// Number of pods, 1 to 10; nil for the platform's default.
  package var replicas: Int?
  /// CPU and memory of the container; nil for the platform's default.
  package var resources: ResourceRequirements?
  /// How the port becomes reachable; nil for the region's way.
  package var exposure: Exposure?
  /// Values of its Service, added to those of the region.
  package var service = ServiceSettings()
  /// DNS name of its Service; nil for the name in the region's zone.
  package var dns: String?
  /// Measurements that the relay repeats.
  package var probes: [Probe] = []
  /// Pairs of keys that must, or must not, reach each other.
  package var tests = ReachabilityTests()
  /// Whether deleting the relay requires approval.
  package var deletionProtection = false

  package init() {}

  /// Name of the relay's only region, or of its first one.
  package var region: String { regions.first ?? "" }
  /// Whether the relay runs in several regions.
  package var isRegional: Bool { regions.count > 1 }
  /// Returns the number of pods in each region: one if there are several, because a public host leads to any pod.
  package func podsPerRegion(_ platform: PlatformSpec?) -> Int {
    replicas ?? (isRegional ? 1 : platform?.defaults.replicas ?? 1)
  }
  /// The field `region`: nil unless the relay runs in one region.
  package var onlyRegion: String? {
    get { regions.count == 1 ? regions[0] : nil }
    set { regions = newValue.map { [$0] } ?? [] }
  }
}

/// Whether a relay runs.
package enum RelayState: String, DocumentedEnumeration {
  case running
  case stopped

  package var summary: String {
    switch self {
    case .running: "pods run and forward"
    case .stopped: "the configuration is kept, but no pod runs"
    }
  }
}

/// Selector of keys by their labels.
package struct KeySelector: Sendable, Equatable {
  /// Labels that a key must carry, all of them.
  package var matchLabels: [String: String] = [:]

  package init() {}
  package init(_ matchLabels: [String: String]) { self.matchLabels = matchLabels }

  /// Returns whether `labels` include every label of the selector.
  package func matches(_ labels: [String: String]) -> Bool { matchLabels.allSatisfy { labels[$0.key] == $0.value } }
}

/// Pairs of keys that must, and pairs that must not, reach each other through the relay.
package struct ReachabilityTests: Sendable, Equatable {
  /// Pairs of key names that must reach each other while the relay runs.
  package var mustConnect: [[String]] = []
  /// Pairs of key names that must not reach each other.
  package var mustNotConnect: [[String]] = []

  package init() {}
}
