/// A relay: a UDP port in a region, and the keys it lets in.
package struct RelaySpec: ResourceSpec {
  package static let kind = Kind.relay

  package var region = ""
  package var port = 0
  package var state = RelayState.running
  package var keys = KeySelection()
  package var image: Image?
  /// A change of this moment restarts the pods.
  package var restartedAt: Timestamp?
  /// Broadcast initiations a second.
  package var broadcastRate: Int?
  package var bandwidthMbps: Int?
  package var replicas: Int?
  package var resources: ResourceRequirements?
  package var exposure: Exposure?
  package var probes: [Probe] = []
  package var tests = ReachabilityTests()
  package var deletionProtection = false

  package init() {}
}

package enum RelayState: String, DocumentedEnumeration {
  case running
  case stopped

  package var summary: String {
    switch self {
    case .running: "pods run and forward"
    case .stopped: "everything is kept, no pod runs"
    }
  }
}

/// Which keys a relay lets in: those named, and those whose labels match.
package struct KeySelection: Sendable, Equatable {
  package var names: [String] = []
  package var selector: KeySelector?

  package init() {}
}

package struct KeySelector: Sendable, Equatable {
  package var matchLabels: [String: String] = [:]

  package init() {}

  package func matches(_ labels: [String: String]) -> Bool { matchLabels.allSatisfy { labels[$0.key] == $0.value } }
}

/// A measurement that the relay repeats all the time.
package struct Probe: Sendable, Equatable {
  package var name = ""
  package var ping: String?
  package var traceroute: String?

  package init() {}
}

/// Pairs of keys which must, and which must not, reach each other through the relay.
package struct ReachabilityTests: Sendable, Equatable {
  package var mustConnect: [[String]] = []
  package var mustNotConnect: [[String]] = []

  package init() {}
}
