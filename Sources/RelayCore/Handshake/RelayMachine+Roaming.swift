/// An address that sends data of a session from elsewhere.
struct RoamingKey: Hashable, Sendable {
  let leg: LegID
  let source: Endpoint
}

/// What such an address has shown so far. It is sent nothing before the session is moved to it, so that a forged source
/// gains nothing.
struct RoamingCandidate: Sendable {
  let generation: UInt32
  let firstSeen: Instant
  var lastSeen: Instant
  var lastCounter: UInt64
  var packets: Int
}

extension RelayMachine {
  /// One packet from elsewhere moves nothing. Several with rising counters over some time do, while the old address is
  /// silent.
  mutating func considerMove(_ event: DataPathEvent) {
    guard let session = liveSession(of: event.leg) else { return }
    if before(event.leg, session) == event.source { return moveBack(event.leg, at: event.at) }
    let key = RoamingKey(leg: event.leg, source: event.source)
    let oldLastSeen = table.activity(of: event.leg).lastSeen
    guard var candidate = roaming[key], candidate.generation == session.generation,
      oldLastSeen <= candidate.firstSeen.milliseconds
    else {
      guard roaming[key] != nil || roaming.count < limits.roamingCandidates else { return counters.drop(.tableFull) }
      if roaming[key] == nil { wheel.add(.roaming(key), at: event.at.advanced(seconds: limits.handshakeSeconds)) }
      roaming[key] = RoamingCandidate(
        generation: session.generation, firstSeen: event.at, lastSeen: event.at, lastCounter: event.counter, packets: 1)
      return
    }
    guard event.counter > candidate.lastCounter else { return }
    candidate.lastCounter = event.counter
    candidate.lastSeen = event.at
    candidate.packets += 1
    roaming[key] = candidate
    guard candidate.packets >= limits.roamingPackets,
      event.at.since(candidate.firstSeen) >= limits.roamingMilliseconds * 1_000_000
    else { return }
    move(event.leg, to: event.source, counter: event.counter, at: event.at)
  }

  /// The old address of a session that was moved speaks again: the move was wrong, or cannot be told from one that was.
  mutating func considerReturn(_ event: DataPathEvent) {
    guard let session = liveSession(of: event.leg), before(event.leg, session) == event.source else { return }
    moveBack(event.leg, at: event.at)
  }

  private func liveSession(of leg: LegID) -> SessionRecord? {
    let index = Int(leg.session)
    guard sessions.indices.contains(index), sessions[index].state != .free else { return nil }
    return sessions[index]
  }

  private func before(_ leg: LegID, _ session: SessionRecord) -> Endpoint {
    leg & 1 == 0 ? session.initiatorBefore : session.responderBefore
  }

  private mutating func move(_ leg: LegID, to endpoint: Endpoint, counter: UInt64, at now: Instant) {
    let index = Int(leg.session)
    let isInitiator = leg & 1 == 0
    let old = isInitiator ? sessions[index].initiator : sessions[index].responder
    if isInitiator {
      sessions[index].initiator = endpoint
      sessions[index].initiatorBefore = old
    } else {
      sessions[index].responder = endpoint
      sessions[index].responderBefore = old
    }
    table.update(leg) { $0.from = endpoint }
    table.update(leg.opposite) { $0.to = endpoint }
    table.activity(of: leg).count(packets: 0, bytes: 0, highest: counter, now: now.milliseconds)
    let key = isInitiator ? sessions[index].initiatorKey : sessions[index].responderKey
    own(key, endpoint, at: now)
    roaming[RoamingKey(leg: leg, source: endpoint)] = nil
    notices.append(.moved(key: name(of: key), from: old, to: endpoint))
  }

  private mutating func moveBack(_ leg: LegID, at now: Instant) {
    let index = Int(leg.session)
    let isInitiator = leg & 1 == 0
    let old = isInitiator ? sessions[index].initiatorBefore : sessions[index].responderBefore
    let wrong = isInitiator ? sessions[index].initiator : sessions[index].responder
    if isInitiator {
      sessions[index].initiator = old
      sessions[index].initiatorBefore = .none
    } else {
      sessions[index].responder = old
      sessions[index].responderBefore = .none
    }
    table.update(leg) {
      $0.from = old
      $0.flags.insert(.fixed)
    }
    table.update(leg.opposite) { $0.to = old }
    let key = isInitiator ? sessions[index].initiatorKey : sessions[index].responderKey
    keys[key]?.owners.removeAll { $0.endpoint == wrong }
    own(key, old, at: now)
    notices.append(.movedBack(key: name(of: key), to: old))
  }
}
