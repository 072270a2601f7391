/// Statistics of one key.
package struct PeerStatistics: Sendable, Equatable {
  /// Connection state of a key.
  package enum State: String, Sendable {
    /// A session carried data within the last three minutes.
    case connected
    /// The key has had a handshake, but no session is in use.
    case idle
    /// No handshake since the relay started.
    case never
  }

  /// Name of the key.
  package let name: String
  /// Alias of the key, if it has one.
  package let alias: String?
  /// Fingerprint of the public key.
  package let fingerprint: String
  /// Group of the key.
  package let group: String
  /// Whether the key is connected.
  package let state: State
  /// Latest address that sessions have proven for the key.
  package let endpoint: Endpoint
  /// Number of live sessions.
  package let sessions: Int
  /// Number of completed handshakes.
  package let handshakes: UInt64
  /// Seconds since the last handshake; nil if there was none.
  package let lastHandshakeAge: Double?
  /// Bytes received from the peer.
  package let receivedBytes: UInt64
  /// Packets received from the peer.
  package let receivedPackets: UInt64
  /// Bytes forwarded to the peer.
  package let sentBytes: UInt64
  /// Packets forwarded to the peer.
  package let sentPackets: UInt64
  /// Milliseconds from initiation to confirmation of the last handshake.
  package let handshakeTime: Double?
  /// Round-trip time between relay and peer in milliseconds, from the last handshake.
  package let pathTime: Double?
}

/// Statistics of the control thread at one moment.
package struct RelayStatistics: Sendable {
  /// Initiations forwarded.
  package let initiations: UInt64
  /// Responses forwarded.
  package let responses: UInt64
  /// Handshakes completed.
  package let handshakes: UInt64
  /// Pairs of address and key that attempted a handshake in the last five minutes.
  package let pairsTried: Int
  /// Pairs among `pairsTried` that completed a handshake.
  package let pairsMade: Int
  /// Confirmed sessions.
  package let sessions: Int
  /// Responses that await confirmation by their initiator.
  package let candidates: Int
  /// Initiations that await their response.
  package let pendingInitiations: Int
  /// Addresses known to receive what is sent to them.
  package let addresses: Int
  /// Addresses that are trying to move a session.
  package let roamingCandidates: Int
  /// Statistics of each key, ordered by group and name.
  package let peers: [PeerStatistics]
}

extension RelayMachine {
  /// Returns current statistics. Complexity: O(sessions + keys log keys).
  package func statistics(at now: Instant) -> RelayStatistics {
    struct Live {
      var sessions = 0
      var received: (bytes: UInt64, packets: UInt64) = (0, 0)
      var sent: (bytes: UInt64, packets: UInt64) = (0, 0)
      var lastSeen: UInt64 = 0
    }
    var live: [KeyID: Live] = [:]
    for (index, session) in sessions.enumerated() where session.state == .confirmed {
      let toward = table.activity(of: SessionID(index) * 2)
      let back = table.activity(of: SessionID(index) * 2 + 1)
      for (key, received, sent) in [
        (session.initiatorKey, toward, back), (session.responderKey, back, toward),
      ] {
        var current = live[key] ?? Live()
        current.sessions += 1
        current.received.bytes &+= received.bytes
        current.received.packets &+= received.packets
        current.sent.bytes &+= sent.bytes
        current.sent.packets &+= sent.packets
        current.lastSeen = max(current.lastSeen, received.lastSeen, session.confirmedAt.milliseconds)
        live[key] = current
      }
    }
    let connectedAfter =
      now.milliseconds > WireGuard.rejectAfter * 1_000 ? now.milliseconds - WireGuard.rejectAfter * 1_000 : 0
    let peers = directory.entries.map { id, entry in
      let state = keys[id] ?? KeyState()
      let current = live[id] ?? Live()
      let connected = current.sessions > 0 && current.lastSeen >= connectedAfter
      return PeerStatistics(
        name: entry.key.name, alias: entry.key.alias, fingerprint: entry.key.fingerprint, group: entry.key.group,
        state: connected ? .connected : state.lastHandshake == nil ? .never : .idle, endpoint: state.endpoint,
        sessions: current.sessions, handshakes: state.handshakes,
        lastHandshakeAge: state.lastHandshake.map { Double(now.since($0)) / 1e9 },
        receivedBytes: state.receivedBytes &+ current.received.bytes,
        receivedPackets: state.receivedPackets &+ current.received.packets,
        sentBytes: state.sentBytes &+ current.sent.bytes, sentPackets: state.sentPackets &+ current.sent.packets,
        handshakeTime: state.handshakeTime.map { Double($0) / 1e6 }, pathTime: state.pathTime.map { Double($0) / 1e6 })
    }
    let pairs = window.counts(at: now)
    return RelayStatistics(
      initiations: initiations, responses: responses, handshakes: handshakes, pairsTried: pairs.tried,
      pairsMade: pairs.made, sessions: confirmedCount,
      candidates: candidateCount, pendingInitiations: pending.count, addresses: addresses.count,
      roamingCandidates: roamingCount,
      peers: peers.sorted { ($0.group, $0.name) < ($1.group, $1.name) })
  }
}
