import FleetMonitoring

/// A key as a relay sees it.
struct PeerState: Sendable {
  let peer: RelayStatistics.Peer
  /// Seconds since 1970, rounded, so that two looks say the same.
  let lastHandshake: Double?

  var isConnected: Bool { peer.state == .connected }

  /// The connected one before others, then the one whose handshake is newer.
  var rank: (Int, Double) { (isConnected ? 1 : 0, lastHandshake ?? 0) }

  /// By the keys' names; of several instances the one that is connected.
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
