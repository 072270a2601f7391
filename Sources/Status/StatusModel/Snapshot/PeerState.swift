import FleetMonitoring
import RelayWire

/// A key as a relay sees it.
struct PeerState: Sendable {
  /// State that the relay reports.
  let peer: RelayStatistics.Peer
  /// Time of the last handshake in seconds since 1970, rounded so that consecutive observations agree.
  let lastHandshake: Double?
  /// Pod or process at which the peer is at home; nil if that is not known, or if the relay has no cluster.
  let home: RelayInstance.Identity?

  /// Whether the key has a live session.
  var isConnected: Bool { peer.state == .connected }

  /// Orders connected peers above others, then later handshakes above earlier ones.
  var rank: (Int, Double) { (isConnected ? 1 : 0, lastHandshake ?? 0) }

  /// Returns the peers of a relay's last observation by key name, each as its instances report it together.
  static func all(in record: RelayRecord) -> [String: PeerState] {
    guard let observation = record.observation, let statistics = observation.statistics else { return [:] }
    let states = statistics.peers.map { peer in
      PeerState(
        peer: peer, lastHandshake: peer.lastHandshakeAge.map { (observation.time - $0).rounded() },
        home: record.members?.process(peer.member))
    }
    return Dictionary(states.map { ($0.peer.name, $0) }) { first, _ in first }
  }
}
