extension RelayMachine {
  /// Handles a response (section 5.4.3 of the WireGuard paper). A response only creates a candidate; the session exists
  /// once the initiator uses it.
  mutating func receiveResponse(_ message: HandshakeMessage, from source: Endpoint, at now: Instant) {
    // No budget is needed: an unsolicited response is dropped at once, and each initiation allows few answers.
    let waiting = waiting(for: message, from: source)
    guard !waiting.isEmpty else { return drop(.unsolicited, source) }
    var initiatorKey: KeyID = 0
    if !isOpen {
      let hints = waiting.compactMap { addresses[$0.source]?.owned }
      guard let match = directory.match(message, hints: hints) else { return drop(.notAllowed, source) }
      initiatorKey = match
    }
    for initiation in waiting.sorted(by: { $0.isTrusted && !$1.isTrusted }) {
      guard isOpen || directory[initiatorKey]?.group == initiation.group else {
        drop(.notAllowed, source)
        continue
      }
      guard addresses[initiation.source] != nil || maySend(message, to: initiation) else {
        drop(.unsolicited, source)
        continue
      }
      // A peer never talks to itself: knowing one key only must not suffice to create sessions with it.
      guard isOpen || initiatorKey != initiation.key else {
        drop(.notAllowed, source)
        continue
      }
      guard permits(initiatorKey, at: initiation.source, initiation.key, at: source) else {
        drop(.notPermitted, source)
        continue
      }
      if keys[initiation.key]?.isOwned(by: source) == true { keys[initiation.key]?.answeredAt = now }
      let repeated = initiation.candidates.first { id in
        let leg = table.memory(of: id * 2).read()
        return leg.receiverIndex == message.sender && sessions[Int(id)].responder == source
      }
      if repeated == nil {
        guard addCandidate(for: initiation, message, initiatorKey, from: source, at: now) else {
          drop(.tableFull, source)
          continue
        }
      }
      responses += 1
      let id = repeated ?? pending.find(initiation.sender, initiation.source)?.candidates.last
      respond(message.bytes, trafficClass: trafficClass, for: id, to: initiation, at: now)
    }
  }

  /// Returns the initiations that a message from this source may answer, and counts the answer for each.
  private mutating func waiting(for message: HandshakeMessage, from source: Endpoint) -> [PendingInitiation] {
    let member = addresses[source]
    let waiting = pending.matching(message.receiver).filter { initiation in
      guard initiation.answers < limits.answersPerInitiation else { return false }
      return initiation.targets.contains(source)
        || initiation.wentToGroup && member?.isMember(of: initiation.group) == true
    }
    for initiation in waiting { pending.update(initiation.sender, initiation.source) { $0.answers += 1 } }
    return waiting
  }

  /// Spends from the credit of a source that has proven nothing.
  private mutating func maySend(_ message: HandshakeMessage, to initiation: PendingInitiation) -> Bool {
    pending.spend(cost(message.bytes.count, to: initiation.source), of: initiation.sender, initiation.source)
  }

  private mutating func addCandidate(
    for initiation: PendingInitiation, _ message: HandshakeMessage, _ initiatorKey: KeyID, from source: Endpoint,
    at now: Instant
  ) -> Bool {
    guard initiation.candidates.count < limits.candidatesPerInitiation else { return false }
    while candidateCount >= max(64, limits.sessions / 4) {
      guard endOldestCandidate(at: now) else { return false }
    }
    guard let id = takeSession() ?? evictSession(at: now) else { return false }
    let generation = sessions[Int(id)].generation &+ 1
    sessions[Int(id)] = SessionRecord(
      state: .candidate, generation: generation, initiator: initiation.source, responder: source,
      initiatorKey: initiatorKey, responderKey: initiation.key, group: initiation.group,
      initiatedAt: initiation.sentAt, respondedAt: now, deadline: now.advanced(seconds: limits.handshakeSeconds))
    let toward = Leg(
      receiverIndex: message.sender, from: initiation.source, to: source, flags: [.live, .towardResponder],
      meter: initiatorKey)
    let back = Leg(
      receiverIndex: message.receiver, from: source, to: initiation.source, flags: .live, meter: initiation.key)
    guard insert(toward, back, of: id) else { return false }
    markShared(back)
    share(id, at: now)
    if let own = cluster?.id {
      cluster?.entrances[id * 2] = initiation.entrance
      cluster?.entrances[id * 2 + 1] = own
    }
    refreshLegs(of: id)
    candidateCount += 1
    candidateLine.append((id, generation))
    wheel.add(.session(id, generation: generation), at: sessions[Int(id)].deadline)
    pending.update(initiation.sender, initiation.source) { $0.candidates.append(id) }
    return true
  }

  /// Adds both legs of a session to the table.
  ///
  /// - Returns: False if there is no room. The session number is then free again.
  mutating func insert(_ toward: Leg, _ back: Leg, of id: SessionID) -> Bool {
    if table.insert(id * 2, toward) {
      if table.insert(id * 2 + 1, back) { return true }
      table.remove(id * 2)
    }
    release(id)
    return false
  }

  /// Marks all live legs with the same index and source as shared.
  private func markShared(_ leg: Leg) {
    let twins = table.legs(with: leg.receiverIndex).filter { id in
      let other = table.memory(of: id).read()
      return other.from == leg.from && other.flags.contains(.live)
    }
    guard twins.count > 1 else { return }
    for id in twins { table.update(id) { $0.flags.insert(.shared) } }
  }

  /// Handles a cookie reply (section 5.4.7 of the WireGuard paper), which a peer under load sends: forwards it to each
  /// address whose message the relay had passed on.
  mutating func receiveCookieReply(_ message: HandshakeMessage, from source: Endpoint) {
    var forwarded = false
    for initiation in waiting(for: message, from: source)
    where addresses[initiation.source] != nil || maySend(message, to: initiation) {
      forward(message.bytes, to: initiation.source, through: initiation.entrance)
      forwarded = true
    }
    for id in table.legs(with: message.receiver) {
      guard table.memory(of: id).read().flags.contains(.towardResponder) else { continue }
      // Not the leg's own addresses: they may be those of members of the cluster.
      let session = sessions[Int(id.session)]
      guard session.initiator == source else { continue }
      forward(message.bytes, to: session.responder, through: cluster?.entrances[id | 1])
      forwarded = true
    }
    if !forwarded { drop(.unsolicited, source) }
  }

  // Session numbers.

  /// Returns an unused session number; nil if the table is full.
  mutating func takeSession() -> SessionID? {
    if let id = freeSessions.popLast() { return id }
    guard sessions.count < min(limits.sessions, table.capacity) else { return nil }
    sessions.append(SessionRecord())
    return SessionID(sessions.count - 1)
  }

  /// Ends the candidate that has waited longest for its initiator: real ones are confirmed within a round trip.
  private mutating func endOldestCandidate(at now: Instant) -> Bool {
    while candidateHead < candidateLine.count {
      let (id, generation) = candidateLine[candidateHead]
      candidateHead += 1
      guard sessions[Int(id)].state == .candidate, sessions[Int(id)].generation == generation else { continue }
      counters.drop(.tableFull)
      end(id, at: now)
      return true
    }
    return false
  }

  /// Removes the queue entries of candidates that no longer exist.
  mutating func tidyCandidateLine() {
    while candidateHead < candidateLine.count {
      let (id, generation) = candidateLine[candidateHead]
      if sessions[Int(id)].state == .candidate, sessions[Int(id)].generation == generation { break }
      candidateHead += 1
    }
    candidateLine.removeFirst(candidateHead)
    candidateHead = 0
  }

  /// Makes room in a full table. Of up to 32 sessions in rotation, ends the oldest of the pair of keys with the most
  /// sessions, if the pair has more than two peers need.
  mutating func evictSession(at now: Instant) -> SessionID? {
    var victim: (id: Int, count: Int)?
    for _ in 0..<min(32, sessions.count) {
      evictionHand = (evictionHand + 1) % sessions.count
      let session = sessions[evictionHand]
      guard session.state == .confirmed, let pair = session.pair, let count = sessionsOfPair[pair],
        count > limits.sessionsPerPair
      else { continue }
      if let best = victim {
        guard count > best.count || count == best.count && session.confirmedAt < sessions[best.id].confirmedAt else {
          continue
        }
      }
      victim = (evictionHand, count)
    }
    guard let victim else { return nil }
    counters.drop(.tableFull)
    end(SessionID(victim.id), at: now)
    return takeSession()
  }

  /// Marks a session number as unused.
  mutating func release(_ id: SessionID) {
    sessions[Int(id)].state = .free
    freeSessions.append(id)
  }
}
