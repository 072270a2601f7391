import CRelayCore

/// Handshakes through other members: what only another member can deliver goes there on the cluster's port.
///
/// A handshake message proves nothing about its source. So answers leave through the member at which an initiation
/// arrived, and the source's home stays where it is.
extension RelayMachine {
  /// Sends a handshake message to an endpoint.
  ///
  /// - Parameter entrance: Member that sends it; nil for the one at which the endpoint is at home.
  mutating func deliver(
    _ bytes: [UInt8], trafficClass: UInt32, to endpoint: Endpoint, through entrance: MemberID? = nil
  ) {
    guard let member = sender(toward: endpoint, through: entrance) else {
      outbox.append(Transmission(to: endpoint, bytes: bytes, trafficClass: trafficClass))
      return
    }
    let delivery = ClusterMessage.Delivery(bytes: bytes, trafficClass: trafficClass, target: endpoint)
    clusterOutbox.append((member.control, .delivery(delivery)))
  }

  /// Returns the other member that sends to an endpoint; nil if this one does.
  private func sender(toward endpoint: Endpoint, through entrance: MemberID?) -> MemberTable.Member? {
    guard let entrance else { return cluster?.remoteHome(of: endpoint, at: clock) }
    return cluster?.other(entrance, at: clock)
  }

  /// Sends an initiation to an endpoint, through the member at which it is at home.
  mutating func sendInitiation(
    _ message: HandshakeMessage, _ key: KeyID, from source: Endpoint, to target: Endpoint, isTrusted: Bool,
    trafficClass given: UInt32? = nil
  ) {
    guard permits(source, target) else { return }
    let trafficClass = given ?? self.trafficClass
    guard let member = cluster?.remoteHome(of: target, at: clock) else {
      outbox.append(Transmission(to: target, bytes: message.bytes, trafficClass: trafficClass))
      return
    }
    let forwarded = forwarded(
      message, key, from: source, to: target, isTrusted: isTrusted, trafficClass: trafficClass)
    clusterOutbox.append((member.control, .initiation(forwarded)))
  }

  /// Sends a response to the initiator of the session that it may become.
  mutating func respond(
    _ bytes: [UInt8], trafficClass: UInt32, for id: SessionID?, to initiation: PendingInitiation, at now: Instant
  ) {
    let endpoint = initiation.source
    guard let member = sender(toward: endpoint, through: initiation.entrance), let id,
      let facts = facts(of: id, at: now)
    else {
      outbox.append(Transmission(to: endpoint, bytes: bytes, trafficClass: trafficClass))
      return
    }
    let delivery = ClusterMessage.Delivery(bytes: bytes, trafficClass: trafficClass, target: endpoint)
    clusterOutbox.append((member.control, .response(delivery, facts)))
  }

  /// Sends an initiation on behalf of another member, and waits for its response.
  mutating func receive(_ initiation: ClusterMessage.ForwardedInitiation, from member: MemberID, at now: Instant) {
    guard let read = read(initiation), isKnown(initiation.target, in: read.group),
      keep(read.message, read.key, read.group, initiation, from: member, at: now)
    else { return }
    _ = pending.addTarget(initiation.target, of: read.message.sender, initiation.source)
    outbox.append(
      Transmission(to: initiation.target, bytes: initiation.bytes, trafficClass: initiation.trafficClass))
  }

  /// Sends a response that arrived at another member to its initiator, whose initiation arrived here.
  mutating func receive(
    _ delivery: ClusterMessage.Delivery, _ facts: SessionFacts, from member: MemberID, at now: Instant
  ) {
    let isKnown = cluster?.sessions[facts.identity] != nil
    guard maySend(delivery), addSession(facts, at: now), let id = cluster?.sessions[facts.identity] else { return }
    if !isKnown, sessions[Int(id)].state == .candidate, let own = cluster?.id {
      cluster?.entrances[id * 2] = own
      cluster?.entrances[id * 2 + 1] = member
      refreshLegs(of: id)
    }
    // The member at which it arrived has counted it.
    outbox.append(Transmission(to: delivery.target, bytes: delivery.bytes, trafficClass: delivery.trafficClass))
  }

  /// Sends a message on behalf of another member.
  mutating func receive(_ delivery: ClusterMessage.Delivery) {
    guard maySend(delivery) else { return }
    outbox.append(Transmission(to: delivery.target, bytes: delivery.bytes, trafficClass: delivery.trafficClass))
  }

  /// Returns whether an answer may be sent to its target: it has proven that it receives what is sent to it, or the
  /// initiation that arrived here from there has earned the bytes.
  private mutating func maySend(_ delivery: ClusterMessage.Delivery) -> Bool {
    guard addresses[delivery.target] == nil, !isOpen else { return true }
    guard let message = HandshakeMessage(delivery.bytes), message.kind != .initiation else { return false }
    return pending.spend(cost(delivery.bytes.count, to: delivery.target), of: message.receiver, delivery.target)
  }

  private func forwarded(
    _ message: HandshakeMessage, _ key: KeyID, from source: Endpoint, to target: Endpoint, isTrusted: Bool,
    trafficClass: UInt32
  ) -> ClusterMessage.ForwardedInitiation {
    ClusterMessage.ForwardedInitiation(
      bytes: message.bytes, trafficClass: trafficClass, source: source, target: target,
      key: directory[key]?.key.publicKey ?? [], group: Array((directory[key]?.key.group ?? "").utf8),
      isTrusted: isTrusted)
  }

  /// Reads an initiation from another member.
  ///
  /// - Returns: Nil if it is malformed, or if its key is not active here, in the same group.
  private func read(
    _ initiation: ClusterMessage.ForwardedInitiation
  ) -> (message: HandshakeMessage, key: KeyID, group: GroupID)? {
    guard let message = HandshakeMessage(initiation.bytes), message.kind == .initiation else { return nil }
    guard !isOpen else { return (message, 0, 0) }
    guard let key = directory.number(of: initiation.key), let group = directory[key]?.group,
      directory.name(of: group) == String(decoding: initiation.group, as: UTF8.self)
    else { return nil }
    return (message, key, group)
  }

  /// Returns whether initiations of a group may be sent to an endpoint: it has proven that it is one of the group's.
  private func isKnown(_ endpoint: Endpoint, in group: GroupID) -> Bool {
    isOpen || addresses[endpoint]?.isMember(of: group) == true
      || cluster?.sessionsAt[endpoint]?.contains { sessions[Int($0)].group == group } == true
  }

  /// Remembers an initiation that arrived at another member, so that it can be answered through there.
  private mutating func keep(
    _ message: HandshakeMessage, _ key: KeyID, _ group: GroupID, _ initiation: ClusterMessage.ForwardedInitiation,
    from member: MemberID, at now: Instant
  ) -> Bool {
    let kept = pending.insert(
      PendingInitiation(
        source: initiation.source, sender: message.sender, key: key, group: group, isTrusted: initiation.isTrusted,
        sentAt: now, targets: [], wentToGroup: false,
        credit: initiation.isTrusted ? nil : cost(WireGuard.Length.response, to: initiation.source), entrance: member))
    if !kept { counters.drop(.tableFull) }
    return kept
  }

  // Peers that start together at two members.

  /// Milliseconds that a message between members may take. Another member forgets a waiting initiation earlier by that.
  private static let meetingMargin: UInt64 = 25

  /// Looks for the peer of an initiation among those that wait at other members, and lets the others look for it there.
  mutating func meetThroughOthers(_ unmet: Unmet, at now: Instant) {
    guard cluster != nil else { return }
    let forwarded = forwarded(
      unmet.message, unmet.key, from: unmet.source, to: .none, isTrusted: unmet.isTrusted, trafficClass: trafficClass)
    guard let own = waiting.waiting(in: unmet.group).first(where: { $0.source == unmet.source && $0.key == unmet.key })
    else { return }
    let left = own.deadline.since(now) / 1_000_000
    for member in cluster?.members.reachable(at: now) ?? [] {
      clusterOutbox.append((member.control, .waiting(forwarded, milliseconds: left)))
    }
    let others = distant.waiting(in: unmet.group).filter { $0.deadline > now && isAsked(own, by: $0) }
    guard Set(others.map(\.key)).count <= limits.meetingGuesses else { return }
    for entry in others { send(entry, to: own, at: now) }
  }

  /// Looks for the peer of an initiation that waits at another member.
  mutating func receiveWaiting(
    _ initiation: ClusterMessage.ForwardedInitiation, milliseconds: UInt64, from member: MemberID, at now: Instant
  ) {
    // What waits no longer has been sent a cookie there, and must not cost its peer the credit for one here.
    let left = min(milliseconds, limits.meetingMilliseconds)
    guard left > Self.meetingMargin else { return }
    guard !isOpen, let (message, key, group) = read(initiation) else { return }
    let entry = WaitingInitiations.Entry(
      source: initiation.source, key: key, group: group, message: message, trafficClass: initiation.trafficClass,
      sentAt: now, deadline: now.advanced(milliseconds: left - Self.meetingMargin), isTrusted: initiation.isTrusted,
      isSent: false, entrance: member)
    let places = waiting.waiting(in: group).filter { isAsked($0, by: entry) }
    if Set(places.map(\.source)).count <= limits.meetingGuesses {
      for place in places { send(entry, to: place, at: now) }
    }
    _ = distant.add(entry)
  }

  /// Returns whether an initiation that waits at another member is sent to the source of one that waits here.
  ///
  /// Of two members that know of each other's, one sends: if two peers answer each other's initiations, WireGuard drops
  /// both handshakes. The proven address is asked; of two unproven ones, that at the member with the higher number.
  private func isAsked(_ own: WaitingInitiations.Entry, by other: WaitingInitiations.Entry) -> Bool {
    // A peer never asks for its own key.
    guard own.key != other.key, own.source != other.source, permits(other.source, own.source), let id = cluster?.id,
      let member = other.entrance
    else {
      return false
    }
    return own.isTrusted == other.isTrusted ? member < id : own.isTrusted
  }

  /// Sends an initiation that waits at another member to the source of one that waits here, if that has earned it.
  private mutating func send(
    _ entry: WaitingInitiations.Entry, to own: WaitingInitiations.Entry, at now: Instant
  ) {
    guard let member = entry.entrance else { return }
    if pending.find(entry.message.sender, entry.source) == nil {
      let initiation = forwarded(
        entry.message, entry.key, from: entry.source, to: own.source, isTrusted: entry.isTrusted,
        trafficClass: entry.trafficClass)
      guard keep(entry.message, entry.key, entry.group, initiation, from: member, at: now) else { return }
    }
    guard
      own.isTrusted
        || pending.spend(cost(entry.message.bytes.count, to: own.source), of: own.message.sender, own.source),
      pending.addTarget(own.source, of: entry.message.sender, entry.source)
    else { return }
    initiations += 1
    outbox.append(Transmission(to: own.source, bytes: entry.message.bytes, trafficClass: entry.trafficClass))
  }
}
