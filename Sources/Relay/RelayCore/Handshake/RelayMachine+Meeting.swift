/// Meeting: peers that start together find each other by their first messages.
///
/// The key of an initiation says who is asked, not who asks. So an address that has just asked for one key may be the
/// peer that another address asks for. Nothing is proven about such an address: it gets no more bytes than it sent,
/// headers included.
extension RelayMachine {
  /// An initiation without an owner to send it to.
  struct Unmet {
    let message: HandshakeMessage
    let key: KeyID
    let group: GroupID
    let source: Endpoint
    let isTrusted: Bool
  }

  /// Looks for the peer of an initiation among those that wait: sends it to addresses that may hold its key, or sends
  /// waiting initiations to its source.
  ///
  /// Never both for one pair: if two peers answer each other's initiations, WireGuard drops both handshakes. A proven
  /// address needs no credit, so it is the one that is asked. Between two unproven addresses, the direction with fewer
  /// possibilities is the better guess. With many, there is none: a wrong guess costs an address the credit for a cookie.
  ///
  /// - Returns: Whether the initiation itself was sent.
  mutating func meet(_ unmet: Unmet, mayGuess: Bool) -> Bool {
    guard mayGuess, waiting.count > 0 else { return false }
    let others = waiting.waiting(in: unmet.group).filter { $0.source != unmet.source && $0.key != unmet.key }
    let unproven = others.filter { !$0.isTrusted }
    if unmet.isTrusted {
      guard Set(unproven.map(\.source)).count <= limits.meetingGuesses else { return false }
      for entry in unproven { send(entry, to: unmet.source) }
      return false
    }
    let proven = Set(others.filter(\.isTrusted).map(\.source))
    if proven.count == 1, let only = proven.first { return send(unmet, to: only) }
    let places = meetingPlaces(for: unmet)
    let keys = Set(unproven.map(\.key)).count
    if let oldest = unproven.first, keys <= limits.meetingGuesses, places.isEmpty || keys <= places.count {
      let bytes = cost(oldest.message.bytes.count, to: unmet.source)
      if pending.spend(bytes, of: unmet.message.sender, unmet.source) { send(oldest, to: unmet.source) }
      return false
    }
    guard places.count <= limits.meetingGuesses else { return false }
    var isSent = false
    for place in places where spend(bytes: unmet.message.bytes.count, on: place, in: unmet.group) {
      isSent = send(unmet, to: place) || isSent
    }
    return isSent
  }

  /// Lets an initiation wait for its peer.
  mutating func wait(_ unmet: Unmet, isSent: Bool, at now: Instant) {
    let isAlone = !addresses.members(of: unmet.group).contains { $0 != unmet.source }
    let moment = isAlone ? limits.meetingMilliseconds : limits.meetingMillisecondsAmongOthers
    let entry = WaitingInitiations.Entry(
      source: unmet.source, key: unmet.key, group: unmet.group, message: unmet.message, trafficClass: trafficClass,
      sentAt: now, deadline: now.advanced(milliseconds: moment), isTrusted: unmet.isTrusted, isSent: isSent)
    if !waiting.add(entry) { endWait(of: entry) }
  }

  /// Sends the initiations that wait for a key to the address where a session has just proven it to be.
  ///
  /// - Parameter partner: Other end of that session, which needs no second one.
  mutating func askWaiting(
    for key: KeyID, at endpoint: Endpoint, besides partner: Endpoint, in group: GroupID
  ) {
    guard waiting.count > 0 else { return }
    for entry in waiting.waiting(in: group)
    where entry.key == key && entry.source != endpoint && entry.source != partner {
      send(entry, to: endpoint)
    }
    waiting.remove(in: group) { $0.key == key }
  }

  /// When `endWaiting` has work to do; nil if nothing waits.
  package var nextMeetingDeadline: Instant? { waiting.nextDeadline }

  /// Ends the waiting of initiations whose peer has not turned up: the next attempt of a source that has proven nothing
  /// needs a cookie.
  package mutating func endWaiting(at now: Instant) {
    for entry in waiting.takeDue(by: now) { endWait(of: entry) }
  }

  private mutating func endWait(of entry: WaitingInitiations.Entry) {
    guard !entry.isTrusted else {
      if !entry.isSent { drop(.noTarget, entry.source) }
      return
    }
    if !entry.isSent { drop(.challenged, entry.source) }
    let cookieReply = cost(WireGuard.Length.cookieReply, to: entry.source)
    if pending.spend(cookieReply, of: entry.message.sender, entry.source) {
      challenge(entry.message, entry.key, entry.source)
    }
  }

  /// Bytes of a message of `length` bytes to an address, headers included.
  func cost(_ length: Int, to endpoint: Endpoint) -> Int64 { Int64(length) + endpoint.headerBytes }

  /// Returns the unproven addresses that wait for a peer in the group, may hold the key, and have enough credit.
  private func meetingPlaces(for unmet: Unmet) -> [Endpoint] {
    let others = waiting.waiting(in: unmet.group).filter { !$0.isTrusted && $0.source != unmet.source }
    // A peer never asks for its own key.
    let askers = Set(others.filter { $0.key == unmet.key }.map(\.source))
    var places: [Endpoint] = []
    for entry in others where !askers.contains(entry.source) && !places.contains(entry.source) {
      let needed = cost(unmet.message.bytes.count, to: entry.source)
      if pending.credit(of: entry.message.sender, entry.source) >= needed { places.append(entry.source) }
    }
    return places
  }

  /// Spends from the credit of a waiting address.
  private mutating func spend(bytes: Int, on endpoint: Endpoint, in group: GroupID) -> Bool {
    for entry in waiting.waiting(in: group) where entry.source == endpoint {
      if pending.spend(cost(bytes, to: endpoint), of: entry.message.sender, endpoint) { return true }
    }
    return false
  }

  /// Sends the initiation being handled.
  private mutating func send(_ unmet: Unmet, to endpoint: Endpoint) -> Bool {
    guard pending.addTarget(endpoint, of: unmet.message.sender, unmet.source) else { return false }
    initiations += 1
    sendInitiation(unmet.message, unmet.key, from: unmet.source, to: endpoint, isTrusted: unmet.isTrusted)
    return true
  }

  /// Sends a waiting initiation, unless it was sent there before.
  private mutating func send(_ entry: WaitingInitiations.Entry, to endpoint: Endpoint) {
    guard pending.addTarget(endpoint, of: entry.message.sender, entry.source) else { return }
    waiting.update(in: entry.group, where: { $0 == entry }) { $0.isSent = true }
    initiations += 1
    sendInitiation(
      entry.message, entry.key, from: entry.source, to: endpoint, isTrusted: entry.isTrusted,
      trafficClass: entry.trafficClass)
  }
}
