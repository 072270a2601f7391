import FleetMonitoring
import RelayWire

/// A key as a relay sees it.
struct PeerState: Sendable {
  /// State that the relay reports.
  let peer: RelayStatistics.Peer
  /// Time of the last handshake in seconds since 1970, rounded so that consecutive observations agree.
  let lastHandshake: Double?

  /// Whether the key has a live session.
  var isConnected: Bool { peer.state == .connected }

  /// Orders connected peers above others, then later handshakes above earlier ones.
  var rank: (Int, Double) { (isConnected ? 1 : 0, lastHandshake ?? 0) }

  /// Returns the peers of an observation by key name. If several instances report a key, the highest rank wins.
  static func all(in observation: RelayObservation) -> [String: PeerState] {
    var states: [String: PeerState] = [:]
    for instance in observation.instances {
      for peer in instance.statistics?.peers ?? [] {
        let state = PeerState(
          peer: peer, lastHandshake: peer.lastHandshakeAge.map { (observation.time - $0).rounded() })
        if let known = states[peer.name], known.rank >= state.rank { continue }
        states[peer.name] = state
      }
    }
    return states
  }
}
