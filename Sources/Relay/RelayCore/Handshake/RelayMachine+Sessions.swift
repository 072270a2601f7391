extension RelayMachine {
  /// Confirms a session: its initiator used the responder's index, and so has accepted the response.
  ///
  /// - Parameter isShared: Whether another member saw it, and counts the handshake if the initiator is at home there.
  mutating func confirm(_ id: SessionID, at now: Instant, isShared: Bool = false) {
    guard sessions.indices.contains(Int(id)), sessions[Int(id)].state == .candidate else { return }
    var session = sessions[Int(id)]
    session.state = .confirmed
    session.confirmedAt = now
    session.deadline = now.advanced(seconds: limits.sessionSeconds)
    sessions[Int(id)] = session
    candidateCount -= 1
    confirmedCount += 1
    settleHomes(of: id)
    let isCounted = isCountedHere(session, isShared: isShared)
    if isCounted { handshakes += 1 }
    if let pair = session.pair { sessionsOfPair[pair, default: 0] += 1 }
    for leg in [id * 2, id * 2 + 1] {
      table.update(leg) { $0.flags.insert(.confirmed) }
      // The very first packet has counter 0, which does not exceed the initial highest counter.
      table.activity(of: leg).noteFresh(at: max(table.activity(of: leg).freshAt, now.milliseconds))
    }
    share(id, at: now)
    // It used an index that it was sent and that cannot be guessed.
    register(session.initiator, at: now)
    addresses.join(session.initiator, session.group)
    // The initiator has accepted a response from there.
    register(session.responder, at: now)
    addresses.join(session.responder, session.group)
    window.note(AttemptKey(source: session.initiator, key: session.responderKey), made: true, at: now)
    guard !isOpen else { return }
    attempts[AttemptKey(source: session.initiator, key: session.responderKey)] = nil
    keys[session.responderKey, default: KeyState()].answeredAt = now
    // Members asked earlier have to be asked again in the next search.
    keys[session.responderKey]?.searches = [KeyState.Search(), KeyState.Search()]
    own(session.initiatorKey, session.initiator, at: now)
    own(session.responderKey, session.responder, at: now)
    askWaiting(for: session.initiatorKey, at: session.initiator, besides: session.responder, in: session.group)
    askWaiting(for: session.responderKey, at: session.responder, besides: session.initiator, in: session.group)
    let total = now.since(session.initiatedAt)
    // Of a session that another member described, this one has measured less.
    let isDescribed = cluster != nil && session.initiatedAt == session.respondedAt
    note(
      session.initiatorKey, at: now, isCounted: isCounted, total: isDescribed ? nil : total,
      path: isShared || isElsewhere(session.initiator) ? nil : now.since(session.respondedAt))
    note(
      session.responderKey, at: now, isCounted: isCounted, total: isDescribed ? nil : total,
      path: isDescribed || isElsewhere(session.responder) ? nil : session.respondedAt.since(session.initiatedAt))
    notices.append(
      .handshake(
        initiator: name(of: session.initiatorKey), responder: name(of: session.responderKey),
        milliseconds: total / 1_000_000))
  }

  /// Records that sessions have proven a key to be at an address, and reports a contest if the key alternates.
  mutating func own(_ key: KeyID, _ endpoint: Endpoint, at now: Instant) {
    guard key != 0 else { return }
    let before = keys[key]?.owners.first?.endpoint
    let isReturn = keys[key, default: KeyState()].own(
      endpoint, at: now, limit: limits.ownersPerKey, lifetime: limits.sessionSeconds)
    if isReturn, let before, keys[key]?.returns ?? 0 >= Self.returnsOfContest {
      notices.append(.contested(key: name(of: key), at: endpoint, and: before))
    }
    addresses.update(endpoint) { $0.owned = key }
  }

  /// Returns in a row, each within a minute of the last, after which two machines probably share a key.
  private static let returnsOfContest = 3

  private mutating func note(_ key: KeyID, at now: Instant, isCounted: Bool, total: UInt64?, path: UInt64?) {
    keys[key, default: KeyState()].handshakes += isCounted ? 1 : 0
    keys[key]?.lastHandshake = now
    if let total { keys[key]?.handshakeTime = total }
    if let path { keys[key]?.pathTime = path }
  }

  private func isElsewhere(_ endpoint: Endpoint) -> Bool { cluster?.isElsewhere(endpoint) ?? false }

  /// Returns whether a handshake counts at this member: at the one where its initiator is at home, and at no other.
  private func isCountedHere(_ session: SessionRecord, isShared: Bool) -> Bool {
    guard let own = cluster?.id else { return true }
    return (cluster?.homes[session.initiator]).map { $0.member == own } ?? !isShared
  }

  /// Ends a session past its deadline.
  ///
  /// - Returns: When to check again; nil if the session is gone.
  mutating func expireSession(_ id: SessionID, _ generation: UInt32, at now: Instant) -> Instant? {
    guard sessions.indices.contains(Int(id)), sessions[Int(id)].generation == generation,
      sessions[Int(id)].state != .free
    else { return nil }
    // The `confirmed` event may have been lost to a full queue.
    let confirmedAt = table.activity(of: id * 2).confirmedAt
    if sessions[Int(id)].state == .candidate, confirmedAt != 0 { confirm(id, at: Instant(nanoseconds: confirmedAt)) }
    if now < sessions[Int(id)].deadline { return sessions[Int(id)].deadline }
    end(id, at: now)
    return nil
  }

  /// Removes a session; its packets no longer match anything.
  mutating func end(_ id: SessionID, at now: Instant) {
    let session = sessions[Int(id)]
    switch session.state {
    case .free: return
    case .candidate: candidateCount -= 1
    case .confirmed:
      confirmedCount -= 1
      if let pair = session.pair, let count = sessionsOfPair[pair] {
        sessionsOfPair[pair] = count > 1 ? count - 1 : nil
      }
    }
    forgetRoaming(of: id)
    let (toward, back) = (traffic(of: id * 2), traffic(of: id * 2 + 1))
    let seen = max(table.activity(of: id * 2).lastSeen, table.activity(of: id * 2 + 1).lastSeen)
    endCrossing(of: id)
    cluster?.remove(id, [session.initiator, session.responder])
    for endpoint in [session.initiator, session.responder] { releaseHome(of: endpoint) }
    table.remove(id * 2)
    table.remove(id * 2 + 1)
    if session.state == .confirmed {
      for (key, received, sent) in [(session.initiatorKey, toward, back), (session.responderKey, back, toward)] {
        account(
          key, received: received.all - received.crossing.fromMembers, sent: sent.all - sent.crossing.toMembers)
      }
      // An address whose sessions carry data is alive, even without handshakes.
      for endpoint in [session.initiator, session.responder] {
        addresses.update(endpoint) { $0.lastSeen = max($0.lastSeen, Instant(nanoseconds: seen * 1_000_000)) }
      }
    }
    release(id)
  }

  /// Ends the sessions of pairs that may not speak with each other.
  private mutating func endForbiddenSessions(at now: Instant) {
    guard directory.isSegmented else { return }
    var ended = 0
    for index in sessions.indices where sessions[index].state != .free {
      let session = sessions[index]
      guard directory[session.initiatorKey] != nil, directory[session.responderKey] != nil,
        !directory.permits(session.initiatorKey, session.responderKey)
      else { continue }
      end(SessionID(index), at: now)
      ended += 1
    }
    if ended > 0 { notices.append(.separated(sessions: ended)) }
  }

  /// Adds the traffic of an ended session to its key.
  private mutating func account(_ key: KeyID, received: Volume, sent: Volume) {
    guard keys[key] != nil else { return }
    keys[key]?.receivedBytes &+= received.bytes
    keys[key]?.receivedPackets &+= received.packets
    keys[key]?.sentBytes &+= sent.bytes
    keys[key]?.sentPackets &+= sent.packets
  }

  /// Replaces the active keys. Sessions end now if one of their keys is gone, or the two may not speak with each other any
  /// more; all others are untouched.
  ///
  /// - Parameter access: Access matrices of groups by their names.
  package mutating func replaceKeys(
    _ allowed: [AllowedKey], access: [String: AccessMatrix] = [:], at now: Instant
  ) {
    let change = directory.replace(allowed, access: access)
    if change.isResegmented { endForbiddenSessions(at: now) }
    let gone = change.removed.union(change.regrouped)
    for id in change.added { keys[id] = KeyState() }
    guard !gone.isEmpty else { return }
    var ended = 0
    for index in sessions.indices where sessions[index].state != .free {
      guard gone.contains(sessions[index].initiatorKey) || gone.contains(sessions[index].responderKey) else { continue }
      end(SessionID(index), at: now)
      ended += 1
    }
    pending.remove { gone.contains($0.key) }
    waiting.remove { gone.contains($0.key) }
    distant.remove { gone.contains($0.key) }
    attempts = attempts.filter { !gone.contains($0.key.key) }
    // An address of a removed key no longer gets its group's initiations. If another key is at the address too, its
    // next handshake registers the address again.
    for (endpoint, entry) in addresses.entries where gone.contains(entry.owned) || gone.contains(entry.lastAddressed) {
      forgetAddress(endpoint)
    }
    for id in change.removed { keys[id] = nil }
    if !change.removed.isEmpty { forgetCounts() }
    for id in change.regrouped {
      keys[id]?.owners = []
      keys[id]?.movers = []
      keys[id]?.searches = [KeyState.Search(), KeyState.Search()]
    }
    notices.append(.revoked(keys: change.removed.count, sessions: ended))
  }
}
