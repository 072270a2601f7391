import RelayWire

/// Counters of one instance at its last answer, from which increases are computed.
struct CounterBaseline: Sendable, Equatable {
  /// Increase of the counters between two answers.
  struct Increase: Sendable, Equatable {
    /// Seconds between the answers.
    var seconds: Double
    var handshakes: HandshakeCount
    var receivedBytes: UInt64
    var forwardedBytes: UInt64
    /// Bytes of connected keys, by key name.
    var peers: [String: PeerBytes]
  }

  /// Payload bytes exchanged with one key.
  struct PeerBytes: Sendable, Equatable {
    let received: UInt64
    let sent: UInt64
  }

  private let time: Double
  private let uptime: Double?
  private let handshakes: HandshakeCount?
  private let traffic: RelayStatistics.Traffic?
  private let peers: [String: PeerBytes]

  init(_ statistics: RelayStatistics, at time: Double) {
    self.time = time
    uptime = statistics.uptime
    handshakes = statistics.handshakes
    traffic = statistics.trafficOfPeers
    // Key names are unique; if a relay reports one twice, the first counts.
    peers = Dictionary(
      statistics.peers.map { ($0.name, PeerBytes(received: $0.receivedBytes, sent: $0.sentBytes)) },
      uniquingKeysWith: { first, _ in first })
  }

  /// Returns the increase up to `time`. A counter that decreased restarted from zero, as Prometheus assumes.
  ///
  /// - Returns: Nil if the answers are too far apart to compute a rate, or out of order because a clock was set.
  func increase(to now: RelayStatistics, at time: Double) -> Increase? {
    let seconds = time - self.time
    guard seconds > 0, seconds <= HandshakeWindow.length else { return nil }
    let isRestarted = zip(uptime, now.uptime).map { $1 < $0 } ?? false
    func grown(_ before: UInt64, _ after: UInt64) -> UInt64 { isRestarted || after < before ? after : after - before }
    let handshakes = zip(self.handshakes, now.handshakes).map {
      HandshakeCount(
        initiated: grown($0.initiated, $1.initiated), completed: grown($0.completed, $1.completed))
    }
    let bytes = zip(traffic, now.trafficOfPeers).map {
      (grown($0.receivedBytes, $1.receivedBytes), grown($0.forwardedBytes, $1.forwardedBytes))
    }
    var increases: [String: PeerBytes] = [:]
    for peer in now.peers where peer.state == .connected {
      guard let before = peers[peer.name] else { continue }
      increases[peer.name] = PeerBytes(
        received: grown(before.received, peer.receivedBytes), sent: grown(before.sent, peer.sentBytes))
    }
    return Increase(
      seconds: seconds, handshakes: handshakes ?? HandshakeCount(), receivedBytes: bytes?.0 ?? 0,
      forwardedBytes: bytes?.1 ?? 0, peers: increases)
  }
}

private func zip<Left, Right>(_ left: Left?, _ right: Right?) -> (Left, Right)? {
  guard let left, let right else { return nil }
  return (left, right)
}
