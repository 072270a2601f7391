import CRelayCore

/// Sessions that the members of a cluster share, and their legs.
///
/// Every member knows every session. Where an end of a session is at home at another member, the leg leads to that
/// member instead, and the data path needs to know nothing of it.
extension RelayMachine {
  /// Returns where packets to an endpoint go: to the endpoint, or to the member at which it is at home.
  func next(_ endpoint: Endpoint) -> Hop {
    guard let member = cluster?.remoteHome(of: endpoint, at: clock) else { return Hop(endpoint: endpoint) }
    return Hop(endpoint: member.data, isMember: true)
  }

  /// Where packets go next.
  struct Hop {
    let endpoint: Endpoint
    /// Whether it is another member of the cluster.
    var isMember = false
  }

  /// Returns where a session's packets go to its end that sends on `leg`: through the member at which its handshake
  /// message arrived, until its home is known better.
  private func next(_ endpoint: Endpoint, sendingOn leg: LegID) -> Hop {
    guard let cluster, let entrance = cluster.entrances[leg] else { return next(endpoint) }
    if entrance == cluster.id { return Hop(endpoint: endpoint) }
    guard let member = cluster.other(entrance, at: clock) else { return next(endpoint) }
    return Hop(endpoint: member.data, isMember: true)
  }

  /// Returns where a session's packets from one end come from: the end, or the member at which it is at home. If none
  /// is expected, because both ends are elsewhere or the home is silent, one that comes is noticed.
  ///
  /// - Parameters:
  ///   - leg: Leg of these packets.
  ///   - next: Where they go.
  private func origin(of from: Endpoint, on leg: LegID, _ session: SessionRecord, next: Hop) -> Endpoint {
    // Only the packet that confirms a session shows where its initiator is.
    if session.state == .candidate, leg & 1 == 0, cluster?.entrances[leg] != nil {
      let entrance = self.next(from, sendingOn: leg)
      return entrance.isMember && next.isMember ? .none : entrance.endpoint
    }
    guard cluster?.isElsewhere(from) == true else { return from }
    let home = self.next(from)
    return home.isMember && !next.isMember ? home.endpoint : .none
  }

  /// Sets the legs of a session by where its ends are.
  mutating func refreshLegs(of id: SessionID) {
    guard cluster != nil, sessions.indices.contains(Int(id)), sessions[Int(id)].state != .free else { return }
    let session = sessions[Int(id)]
    for (leg, from, to) in [
      (id * 2, session.initiator, session.responder), (id * 2 + 1, session.responder, session.initiator),
    ] {
      let destination = next(to, sendingOn: leg.opposite)
      let origin = origin(of: from, on: leg, session, next: destination)
      var ways: Leg.Flags = []
      if origin != from, !origin.isNone { ways.insert(.fromMember) }
      if destination.isMember { ways.insert(.toMember) }
      if table.memory(of: leg).read().flags.intersection(.ways) != ways { settleCrossing(of: leg) }
      table.update(leg) {
        $0.from = origin
        $0.to = destination.endpoint
        $0.flags = $0.flags.subtracting(.ways).union(ways)
      }
    }
  }

  /// Returns what others need to know of a session; nil if it is not known to the cluster.
  func facts(of id: SessionID, at now: Instant) -> SessionFacts? {
    guard let identity = cluster?.identity(of: id) else { return nil }
    let session = sessions[Int(id)]
    func end(_ endpoint: Endpoint, _ leg: LegID) -> SessionFacts.End {
      SessionFacts.End(
        endpoint: endpoint, moves: cluster?.moves[leg] ?? 0, counter: table.activity(of: leg).highestCounter)
    }
    return SessionFacts(
      identity: identity, initiator: end(session.initiator, id * 2), responder: end(session.responder, id * 2 + 1),
      confirmedAge: session.state == .confirmed ? now.since(session.confirmedAt) / 1_000_000 : nil,
      lifetime: session.deadline.since(now) / 1_000_000)
  }

  /// Makes a session that this member created or confirmed known to the cluster.
  mutating func share(_ id: SessionID, at now: Instant) {
    guard cluster != nil else { return }
    let session = sessions[Int(id)]
    if cluster?.identity(of: id) == nil {
      let identity = SessionFacts.Identity(
        initiatorKey: directory[session.initiatorKey]?.key.publicKey ?? [],
        responderKey: directory[session.responderKey]?.key.publicKey ?? [],
        towardResponder: table.memory(of: id * 2).read().receiverIndex,
        towardInitiator: table.memory(of: id * 2 + 1).read().receiverIndex)
      cluster?.add(id, identity, [session.initiator, session.responder])
    }
    guard session.state == .confirmed, let facts = facts(of: id, at: now) else { return }
    cluster?.count(id, facts)
    cluster?.changed.sessions.insert(id)
  }

  /// Adds or updates a session from another member's facts.
  ///
  /// - Returns: Whether the session exists now: its keys are active here, and there is room.
  mutating func addSession(_ facts: SessionFacts, at now: Instant) -> Bool {
    if let id = cluster?.sessions[facts.identity] {
      merge(facts, into: id, at: now)
      return true
    }
    let initiatorKey = directory.number(of: facts.identity.initiatorKey)
    let responderKey = directory.number(of: facts.identity.responderKey)
    let group = responderKey.flatMap({ directory[$0]?.group }) ?? 0
    // A member that has not reloaded yet revives no revoked key.
    if !isOpen {
      guard let initiatorKey, let responderKey, initiatorKey != responderKey,
        directory.permits(initiatorKey, responderKey)
      else { return false }
    }
    guard facts.lifetime > 0, !facts.initiator.endpoint.isNone, !facts.responder.endpoint.isNone,
      let id = takeSession() ?? evictSession(at: now)
    else { return false }
    let isConfirmed = facts.confirmedAge != nil
    let lifetime = min(facts.lifetime, limits.sessionSeconds * 1_000)
    let generation = sessions[Int(id)].generation &+ 1
    sessions[Int(id)] = SessionRecord(
      state: .candidate, generation: generation, initiator: facts.initiator.endpoint,
      responder: facts.responder.endpoint, initiatorKey: initiatorKey ?? 0, responderKey: responderKey ?? 0,
      group: group, initiatedAt: now, respondedAt: now,
      deadline: now.advanced(milliseconds: lifetime))
    let toward = Leg(
      receiverIndex: facts.identity.towardResponder, from: .none, to: .none, flags: [.live, .towardResponder],
      meter: initiatorKey ?? 0)
    let back = Leg(
      receiverIndex: facts.identity.towardInitiator, from: .none, to: .none, flags: .live, meter: responderKey ?? 0)
    guard insert(toward, back, of: id) else { return false }
    // The directory's keys, so that sessions of one key share their memory.
    let identity = SessionFacts.Identity(
      initiatorKey: initiatorKey.flatMap { directory[$0]?.key.publicKey } ?? [],
      responderKey: responderKey.flatMap { directory[$0]?.key.publicKey } ?? [],
      towardResponder: facts.identity.towardResponder, towardInitiator: facts.identity.towardInitiator)
    cluster?.add(id, identity, [facts.initiator.endpoint, facts.responder.endpoint])
    if facts.initiator.moves > 0 { cluster?.moves[id * 2] = facts.initiator.moves }
    if facts.responder.moves > 0 { cluster?.moves[id * 2 + 1] = facts.responder.moves }
    table.activity(of: id * 2).raise(highest: facts.initiator.counter)
    table.activity(of: id * 2 + 1).raise(highest: facts.responder.counter)
    refreshLegs(of: id)
    candidateCount += 1
    candidateLine.append((id, generation))
    wheel.add(.session(id, generation: generation), at: sessions[Int(id)].deadline)
    if isConfirmed { confirmShared(id, facts, at: now) }
    return true
  }

  /// Updates a session with what is newer in another member's facts.
  private mutating func merge(_ facts: SessionFacts, into id: SessionID, at now: Instant) {
    for (leg, end) in [(id * 2, facts.initiator), (id * 2 + 1, facts.responder)] {
      table.activity(of: leg).raise(highest: end.counter)
      let moves = cluster?.moves[leg] ?? 0
      let old = sessions[Int(id)][leg]
      guard end.moves > moves || end.moves == moves && end.endpoint != old && end.endpoint.precedes(old),
        !isTaken(end.endpoint, besides: sessions[Int(id)].group)
      else { continue }
      sessions[Int(id)][leg] = end.endpoint
      cluster?.moves[leg] = end.moves
      cluster?.movedAt[leg] = now
      cluster?.move(id, from: old, to: end.endpoint)
      releaseHome(of: old)
      cluster?.entrances[leg] = nil
      clearCompanion(of: leg.opposite)
      own(key(of: leg, sessions[Int(id)]), end.endpoint, at: now)
    }
    if facts.confirmedAge != nil, sessions[Int(id)].state == .candidate { confirmShared(id, facts, at: now) }
    refreshLegs(of: id)
    guard sessions[Int(id)].state == .confirmed, let merged = self.facts(of: id, at: now) else { return }
    cluster?.count(id, merged)
  }

  /// Returns whether a session of another group has an end at an endpoint. Then no other member's word brings a group
  /// there.
  func isTaken(_ endpoint: Endpoint, besides group: GroupID) -> Bool {
    cluster?.sessionsAt[endpoint]?.contains { id in
      sessions[Int(id)].state == .confirmed && sessions[Int(id)].group != group
    } ?? false
  }

  /// Confirms a session because another member has seen its initiator use it.
  private mutating func confirmShared(_ id: SessionID, _ facts: SessionFacts, at now: Instant) {
    confirm(id, at: now, isShared: true)
    // Other members have it already.
    cluster?.changed.sessions.remove(id)
    let lifetime = min(facts.lifetime, limits.sessionSeconds * 1_000)
    sessions[Int(id)].deadline = now.advanced(milliseconds: lifetime)
  }

  /// Secrets with which other members made cookies that still hold.
  func secretsOfOthers(at now: Instant) -> [[UInt8]] {
    guard let cluster else { return [] }
    return cluster.cookies.values.flatMap { cookies in
      now.since(cookies.receivedAt) < 2 * WireGuard.cookieLife * 1_000_000_000
        ? [cookies.current, cookies.previous] : []
    }
  }

  /// Records that an end of a session moved to another address.
  ///
  /// - Parameter entrance: Other member at which its packets arrived; nil for this one.
  mutating func noteMove(
    of leg: LegID, from old: Endpoint, to new: Endpoint, through entrance: MemberID?, at now: Instant
  ) {
    guard cluster != nil else { return }
    cluster?.moves[leg, default: 0] &+= 1
    cluster?.movedAt[leg] = now
    cluster?.move(leg.session, from: old, to: new)
    releaseHome(of: old)
    cluster?.entrances[leg] = nil
    // One that is known may be the home of another peer, whose address is forged.
    if let own = cluster?.id, !hasHome(new) { moveHome(of: new, to: entrance ?? own) }
    refreshLegs(of: leg.session)
    share(leg.session, at: now)
  }
}
