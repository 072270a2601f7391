extension RelayMachine {
  /// Returns current statistics. Complexity: O(sessions + keys log keys).
  package func statistics(at now: Instant) -> MachineStatistics {
    struct Live {
      var sessions = 0
      var received = Volume()
      var sent = Volume()
      var lastSeen: UInt64 = 0
    }
    var live: [KeyID: Live] = [:]
    for (index, session) in sessions.enumerated() where session.state == .confirmed {
      let legs = (toward: SessionID(index) * 2, back: SessionID(index) * 2 + 1)
      let (toward, back) = (traffic(of: legs.toward), traffic(of: legs.back))
      for (key, leg, received, sent) in [
        (session.initiatorKey, legs.toward, toward, back), (session.responderKey, legs.back, back, toward),
      ] {
        var current = live[key] ?? Live()
        current.sessions += 1
        // What crossed members is counted where the peer is at home.
        current.received = current.received + (received.all - received.crossing.fromMembers)
        current.sent = current.sent + (sent.all - sent.crossing.toMembers)
        current.lastSeen = max(
          current.lastSeen, table.activity(of: leg).lastSeen, session.confirmedAt.milliseconds)
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
        handshakeTime: state.handshakeTime.map { Double($0) / 1e6 }, pathTime: state.pathTime.map { Double($0) / 1e6 },
        member: cluster?.homes[state.endpoint]?.member)
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
