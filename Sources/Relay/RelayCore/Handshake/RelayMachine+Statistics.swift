extension RelayMachine {
  /// Returns current statistics. Complexity: O(sessions + keys log keys).
  package func statistics(at now: Instant) -> MachineStatistics {
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
    return MachineStatistics(
      initiations: initiations, responses: responses, handshakes: handshakes, pairsTried: pairs.tried,
      pairsMade: pairs.made, sessions: confirmedCount,
      candidates: candidateCount, pendingInitiations: pending.count, addresses: addresses.count,
      roamingCandidates: roamingCount,
      peers: peers.sorted { ($0.group, $0.name) < ($1.group, $1.name) })
  }
}
