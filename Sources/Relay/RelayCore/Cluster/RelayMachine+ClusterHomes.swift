import CRelayCore

/// Homes: the members at which the packets of peers arrive. A home moves only with proof.
extension RelayMachine {
  /// Nanoseconds without a message from a home after which a peer's packets elsewhere show that it has moved. This is
  /// less than what ends a membership: the packets are there, so a mistake costs nothing.
  static let silentHomeAfter: UInt64 = 600_000_000

  /// Considers data of an end that is at home elsewhere.
  ///
  /// The home decides, because it knows the highest counter: a repeated packet moves nothing. If it is silent, the
  /// member at which the packet arrived is the home from now on.
  ///
  /// - Returns: Whether nothing else is to be done.
  mutating func considerArrival(_ event: DataPathEvent, _ session: SessionRecord) -> Bool {
    // Not a copy of the state: it would be copied as a whole when a home moves.
    guard let own = cluster?.id else { return false }
    // Another member passed it on, and reports it to the home.
    if cluster?.members.member(withData: event.source, at: event.at) != nil { return true }
    let end = session[event.leg]
    guard event.source == end || !isRoamingStrict else { return true }
    guard cluster?.isElsewhere(end) == true else { return false }
    if let home = cluster?.remoteHome(of: end, at: event.at), event.at.since(home.lastHeard) < Self.silentHomeAfter,
      let identity = cluster?.identity(of: event.leg.session)
    {
      let arrival = ClusterMessage.Arrival(
        session: identity, isFromInitiator: event.leg & 1 == 0, source: event.source, counter: event.counter,
        length: event.length)
      clusterOutbox.append((home.control, .arrival(arrival)))
      cluster?.unanswered[event.leg] = ClusterState.UnansweredArrival(
        home: home.id, endpoint: end, source: event.source, counter: event.counter, length: event.length, at: event.at)
      return true
    }
    guard event.source == end else { return false }
    if isEvidence(event.leg, for: end) { moveHome(of: end, to: own) }
    table.activity(of: event.leg).raise(highest: event.counter)
    return true
  }

  /// Becomes the home of peers whose packets have arrived here since their home became silent. A quiet peer's next packet
  /// may be a keepalive interval away.
  mutating func takeOverSilentHomes(at now: Instant) {
    guard let own = cluster?.id, let unanswered = cluster?.unanswered, !unanswered.isEmpty else { return }
    for (leg, arrival) in unanswered {
      let isSilent =
        cluster?.members.members[arrival.home].map { now.since($0.lastHeard) >= Self.silentHomeAfter } ?? true
      let isOld = now.since(arrival.at) > 2 * Self.silentHomeAfter
      guard isSilent || isOld else { continue }
      cluster?.unanswered[leg] = nil
      guard isSilent, cluster?.homes[arrival.endpoint]?.member == arrival.home,
        sessions[Int(leg.session)][leg] == arrival.endpoint
      else { continue }
      if arrival.source != arrival.endpoint {
        followOrphan(leg, to: arrival.source, counter: arrival.counter, length: arrival.length, at: now)
      } else if isEvidence(leg, for: arrival.endpoint) {
        moveHome(of: arrival.endpoint, to: own)
        table.activity(of: leg).raise(highest: arrival.counter)
      }
    }
  }

  /// Considers data that arrived at another member.
  mutating func receive(_ arrival: ClusterMessage.Arrival, from member: MemberID, at now: Instant) {
    guard let id = cluster?.sessions[arrival.session] else { return }
    let leg = id * 2 + (arrival.isFromInitiator ? 0 : 1)
    let end = sessions[Int(id)][leg]
    guard arrival.source == end || !isRoamingStrict else { return }
    // Members hear of a home's last heartbeat at almost the same time.
    if arrival.source != end, isOrphaned(end, at: now, after: 2 * MemberTable.interval) {
      return followOrphan(leg, arrival, through: member, at: now)
    }
    guard cluster?.isElsewhere(end) == false, isNewer(arrival.counter, than: leg) else { return }
    guard arrival.source != end else {
      table.activity(of: leg).raise(highest: arrival.counter)
      if isEvidence(leg, for: end) { moveHome(of: end, to: member) }
      return
    }
    // It may have moved to another address: the evidence is gathered here.
    considerMove(
      DataPathEvent(
        kind: .moved, source: arrival.source, message: [], leg: leg, counter: arrival.counter, length: arrival.length,
        at: now),
      through: member)
  }

  /// Returns whether an endpoint is at home at a member that can be reached.
  func hasHome(_ endpoint: Endpoint) -> Bool {
    guard let cluster, let home = cluster.homes[endpoint] else { return false }
    return home.member == cluster.id || cluster.other(home.member, at: clock) != nil
  }

  /// Records that an endpoint's packets arrive at a member now, because it has proven that it is there.
  mutating func moveHome(of endpoint: Endpoint, to member: MemberID) {
    if cluster?.moveHome(of: endpoint, to: member) == true { noteHome(of: endpoint) }
  }

  /// Forgets where an endpoint is at home if neither a session nor an address needs it any more.
  mutating func releaseHome(of endpoint: Endpoint) {
    if addresses[endpoint] == nil { cluster?.forgetHome(of: endpoint) }
  }

  /// Lets all sessions of an endpoint follow its home.
  mutating func noteHome(of endpoint: Endpoint) {
    for id in cluster?.sessionsAt[endpoint] ?? [] {
      let session = sessions[Int(id)]
      if session.initiator == endpoint { cluster?.entrances[id * 2] = nil }
      if session.responder == endpoint { cluster?.entrances[id * 2 + 1] = nil }
      refreshLegs(of: id)
    }
  }

  /// Returns whether the end that sends on a leg shows where its endpoint is at home: no other key was there before. The
  /// two ends of a session may be accomplices that forge the endpoint of a third peer.
  private func isEvidence(_ leg: LegID, for endpoint: Endpoint) -> Bool {
    guard let ids = cluster?.sessionsAt[endpoint], !isOpen else { return true }
    let key = key(of: leg, sessions[Int(leg.session)])
    let since = arrival(of: leg)
    return !ids.contains { id in
      let session = sessions[Int(id)]
      return [id * 2, id * 2 + 1].contains { other in
        session[other] == endpoint && session.state == .confirmed && self.key(of: other, session) != key
          && arrival(of: other) < since
      }
    }
  }

  /// Returns since when an end of a session has been at its endpoint.
  private func arrival(of leg: LegID) -> Instant {
    cluster?.movedAt[leg] ?? sessions[Int(leg.session)].confirmedAt
  }

  /// Sets the homes of a session's ends once its initiator has used it.
  ///
  /// The initiator used an index that it was sent through the member at which its initiation arrived, so it is there. A
  /// response can be forged by whoever knows the initiation, so its source moves nowhere. If no home is known, its member
  /// is the home.
  mutating func settleHomes(of id: SessionID) {
    guard cluster != nil else { return }
    let session = sessions[Int(id)]
    if let entrance = cluster?.entrances[id * 2], cluster?.homes[session.initiator]?.member != entrance,
      isEvidence(id * 2, for: session.initiator)
    {
      moveHome(of: session.initiator, to: entrance)
    }
    cluster?.entrances[id * 2] = nil
    if let entrance = cluster?.entrances[id * 2 + 1] {
      if !hasHome(session.responder) { moveHome(of: session.responder, to: entrance) }
      if cluster?.homes[session.responder]?.member == entrance { cluster?.entrances[id * 2 + 1] = nil }
    }
    refreshLegs(of: id)
  }

  /// Sets the legs of all sessions that have an end at an endpoint.
  mutating func refreshSessions(at endpoint: Endpoint) {
    for id in cluster?.sessionsAt[endpoint] ?? [] { refreshLegs(of: id) }
  }

  /// Lets other members know of an address of a group that sends its messages here.
  ///
  /// - Parameter hasProof: Whether it has just proven that it receives what is sent to it. Otherwise, its source may be
  ///   forged, and its home stays where it is, unless that member is gone.
  mutating func shareAddress(_ endpoint: Endpoint, isNew: Bool, hasProof: Bool) {
    guard let own = cluster?.id else { return }
    if hasProof || !hasHome(endpoint) { moveHome(of: endpoint, to: own) }
    if isNew { cluster?.changed.homes.insert(endpoint) }
  }
}
