import ConfigModel
import FleetMonitoring
import RelayWire

/// Seconds since 1970 from which the tests' time runs; the start of a step in every ring.
let epoch = 1_800_000_000.0

let milan = RelayID(org: "acme", name: "milan")

/// What a relay with some counters says.
func statistics(
  uptime: Double = 1_000, initiated: UInt64 = 0, completed: UInt64 = 0, received: UInt64 = 0, forwarded: UInt64 = 0,
  sessions: Int = 0, connected: [String] = [], idle: [String] = []
) -> RelayStatistics {
  var statistics = RelayStatistics()
  statistics.uptime = uptime
  statistics.handshakes = HandshakeCount(initiated: initiated, completed: completed)
  statistics.traffic = RelayStatistics.Traffic(receivedBytes: received, forwardedBytes: forwarded)
  statistics.sessions = sessions
  statistics.peers =
    connected.map { RelayStatistics.Peer(name: $0, state: .connected) }
    + idle.map { RelayStatistics.Peer(name: $0, state: .idle) }
  return statistics
}

func running(
  _ relay: RelayID = milan, at seconds: Double, _ statistics: RelayStatistics, restarts: Int = 0, name: String = "pod-1"
) -> RelayObservation {
  RelayObservation(
    relay, time: epoch + seconds, phase: .current,
    instances: [RelayInstance(name, restarts: restarts, answer: .statistics(statistics))])
}

func silent(_ relay: RelayID = milan, at seconds: Double, restarts: Int = 0) -> RelayObservation {
  RelayObservation(
    relay, time: epoch + seconds, phase: .current,
    instances: [RelayInstance("pod-1", restarts: restarts, answer: .silent("no answer within 3 s"))])
}

/// A fleet of one relay.
func fleet(
  keys: [String] = [], bandwidth: Int? = nil, replicas: Int = 1, target: Double? = nil, isRunning: Bool = true
) -> Fleet {
  var fleet = Fleet()
  fleet.expect(
    FleetExpectation(
      relays: [
        RelayExpectation(
          milan, regions: ["eu-south"], isRunning: isRunning, replicas: replicas, keys: keys, bandwidthMbps: bandwidth)
      ],
      organizations: [OrganizationExpectation("acme", slaTarget: target)]), at: epoch)
  return fleet
}

/// Numbers that look random and are the same every time (SplitMix64).
struct Numbers: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
