extension RelayMachine {
  /// Section 5.4.3: a response makes a candidate of a session; only the initiator, by using it, makes it a session.
  mutating func receiveResponse(_ message: HandshakeMessage, from source: Endpoint, at now: Instant) {
    let member = addresses[source]
    let waiting = pending.matching(message.receiver).filter { initiation in
      initiation.targets.isEmpty
        ? member?.isMember(of: initiation.group) == true || initiation.key == 0 && isOpen && member != nil
        : initiation.targets.contains(source)
    }
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
      let repeated = initiation.candidates.contains { id in
        let leg = table.memory(of: id * 2).read()
        return leg.receiverIndex == message.sender && leg.to == source
      }
      if !repeated {
        guard addCandidate(for: initiation, message, initiatorKey, from: source, at: now) else {
          drop(.tableFull, source)
          continue
        }
      }
      responses += 1
      send(message.bytes, to: initiation.source)
    }
  }

  private mutating func addCandidate(
    for initiation: PendingInitiation, _ message: HandshakeMessage, _ initiatorKey: KeyID, from source: Endpoint,
    at now: Instant
  ) -> Bool {
    guard initiation.candidates.count < limits.candidatesPerInitiation,
      candidateCount < max(64, limits.sessions / 4), let id = takeSession()
    else { return false }
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
    guard table.insert(id * 2, toward) else {
      release(id)
      return false
    }
    guard table.insert(id * 2 + 1, back) else {
      table.remove(id * 2)
      release(id)
      return false
    }
    markShared(back)
    candidateCount += 1
    wheel.add(.session(id, generation: generation), at: sessions[Int(id)].deadline)
    pending.update(initiation.sender, initiation.source) { $0.candidates.append(id) }
    return true
  }

  private func markShared(_ leg: Leg) {
    let twins = table.legs(with: leg.receiverIndex).filter { id in
      let other = table.memory(of: id).read()
      return other.from == leg.from && other.flags.contains(.live)
    }
    guard twins.count > 1 else { return }
    for id in twins { table.update(id) { $0.flags.insert(.shared) } }
  }

  /// Section 5.4.7: a peer under load asks for a cookie; whoever the relay passed a message on for gets it.
  mutating func receiveCookieReply(_ message: HandshakeMessage, from source: Endpoint) {
    var forwarded = false
    for initiation in pending.matching(message.receiver) {
      let wasAsked =
        initiation.targets.isEmpty
        ? addresses[source]?.isMember(of: initiation.group) == true : initiation.targets.contains(source)
      guard wasAsked else { continue }
      send(message.bytes, to: initiation.source)
      forwarded = true
    }
    for id in table.legs(with: message.receiver) {
      let leg = table.memory(of: id).read()
      guard leg.flags.contains(.towardResponder), leg.from == source else { continue }
      send(message.bytes, to: leg.to)
      forwarded = true
    }
    if !forwarded { drop(.unsolicited, source) }
  }

  // Session numbers.

  mutating func takeSession() -> SessionID? {
    if let id = freeSessions.popLast() { return id }
    guard sessions.count < min(limits.sessions, table.capacity) else { return nil }
    sessions.append(SessionRecord())
    return SessionID(sessions.count - 1)
  }

  mutating func release(_ id: SessionID) {
    sessions[Int(id)].state = .free
    freeSessions.append(id)
  }
}
