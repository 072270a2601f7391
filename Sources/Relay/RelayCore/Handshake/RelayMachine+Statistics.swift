extension RelayMachine {
  /// A key's sessions and counts at this process.
  struct LiveKey {
    var sessions = 0
    var count = KeyCount()
    var lastSeen: UInt64 = 0
  }

  /// Returns what keys have done at this process. Complexity: O(sessions + keys).
  func liveCounts(at now: Instant) -> [KeyID: LiveKey] {
    var live = keys.mapValues { LiveKey(count: $0.count) }
    for (index, session) in sessions.enumerated() where session.state == .confirmed {
      func add(_ end: SessionEnd) {
        var current = live[end.key] ?? LiveKey()
        current.sessions += 1
        current.count = current.count + end.count
        current.lastSeen = max(
          current.lastSeen, table.activity(of: end.leg).lastSeen, session.confirmedAt.milliseconds)
        live[end.key] = current
      }
      let (initiator, responder) = ends(ofSession: index)
      add(initiator)
      add(responder)
    }
    return live
  }

  /// Returns what the two keys of a session have done in it.
  func ends(ofSession index: Int) -> (initiator: SessionEnd, responder: SessionEnd) {
    let session = sessions[index]
    let legs = (toward: SessionID(index) * 2, back: SessionID(index) * 2 + 1)
    let (toward, back) = (traffic(of: legs.toward), traffic(of: legs.back))
    // What crossed members is counted where the peer is at home.
    typealias Traffic = (all: Volume, crossing: Crossing)
    func end(_ key: KeyID, _ leg: LegID, _ received: Traffic, _ sent: Traffic) -> SessionEnd {
      SessionEnd(
        key: key, leg: leg,
        count: KeyCount(
          received: received.all - received.crossing.fromMembers, sent: sent.all - sent.crossing.toMembers))
    }
    return (end(session.initiatorKey, legs.toward, toward, back), end(session.responderKey, legs.back, back, toward))
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

/// What a key has done in a session that has not ended.
struct SessionEnd {
  /// The key.
  let key: KeyID
  /// Leg that it sends on.
  let leg: LegID
  /// What it has done.
  let count: KeyCount
}

extension KeyState {
  /// What the key has done in sessions that have ended.
  var count: KeyCount {
    KeyCount(
      handshakes: handshakes, received: Volume(packets: receivedPackets, bytes: receivedBytes),
      sent: Volume(packets: sentPackets, bytes: sentBytes))
  }
}
