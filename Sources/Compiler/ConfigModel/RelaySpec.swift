/// A relay: a UDP port in a region, and the keys it admits.
package struct RelaySpec: ResourceSpec {
  package static let kind = Kind.relay

  /// Name of the region that the relay runs in.
  package var region = ""
  /// The UDP port that peers send to, 1 to 65535, unique in its region.
  package var port = 0
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
  /// Measurements that the relay repeats.
  package var probes: [Probe] = []
  /// Pairs of keys that must, or must not, reach each other.
  package var tests = ReachabilityTests()
  /// Whether deleting the relay requires approval.
  package var deletionProtection = false

  package init() {}
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
