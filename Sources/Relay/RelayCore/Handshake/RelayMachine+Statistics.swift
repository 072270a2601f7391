extension RelayMachine {
  /// A key's sessions and counts at this process.
  struct LiveKey {
    var sessions = 0
    var count = KeyCount()
    var lastSeen: UInt64 = 0
  }

  /// Returns what keys have done at this process. Complexity: O(sessions + keys).
  func liveCounts(at now: Instant) -> [KeyID: LiveKey] {
    var live = keys.mapValues { state in
      LiveKey(
        count: KeyCount(
          handshakes: state.handshakes,
          received: Volume(packets: state.receivedPackets, bytes: state.receivedBytes),
          sent: Volume(packets: state.sentPackets, bytes: state.sentBytes)))
    }
    for (index, session) in sessions.enumerated() where session.state == .confirmed {
      let legs = (toward: SessionID(index) * 2, back: SessionID(index) * 2 + 1)
      let (toward, back) = (traffic(of: legs.toward), traffic(of: legs.back))
      for (key, leg, received, sent) in [
        (session.initiatorKey, legs.toward, toward, back), (session.responderKey, legs.back, back, toward),
      ] {
        var current = live[key] ?? LiveKey()
        current.sessions += 1
        // What crossed members is counted where the peer is at home.
        current.count.received = current.count.received + (received.all - received.crossing.fromMembers)
        current.count.sent = current.count.sent + (sent.all - sent.crossing.toMembers)
        current.lastSeen = max(
          current.lastSeen, table.activity(of: leg).lastSeen, session.confirmedAt.milliseconds)
        live[key] = current
      }
    }
    return live
  }

  /// Returns current statistics. Complexity: O(sessions + keys log keys).
  package func statistics(at now: Instant) -> MachineStatistics {
    let live = liveCounts(at: now)
    let connectedAfter =
      now.milliseconds > WireGuard.rejectAfter * 1_000 ? now.milliseconds - WireGuard.rejectAfter * 1_000 : 0
    let peers = directory.entries.map { id, entry in
      let state = keys[id] ?? KeyState()
      let current = live[id] ?? LiveKey()
      let connected = current.sessions > 0 && current.lastSeen >= connectedAfter
      return PeerStatistics(
        name: entry.key.name, alias: entry.key.alias, fingerprint: entry.key.fingerprint, group: entry.key.group,
        state: connected ? .connected : state.lastHandshake == nil ? .never : .idle, endpoint: state.endpoint,
        sessions: current.sessions, handshakes: current.count.handshakes,
        lastHandshakeAge: state.lastHandshake.map { Double(now.since($0)) / 1e9 },
        receivedBytes: current.count.received.bytes, receivedPackets: current.count.received.packets,
        sentBytes: current.count.sent.bytes, sentPackets: current.count.sent.packets,
        handshakeTime: state.handshakeTime.map { Double($0) / 1e6 }, pathTime: state.pathTime.map { Double($0) / 1e6 },
        member: cluster?.homes[state.endpoint]?.member,
        total: cluster.map { $0.counts.elsewhere(entry.key.publicKey) + current.count })
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
