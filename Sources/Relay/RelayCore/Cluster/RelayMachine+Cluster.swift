import CRelayCore

/// The relay as a member of a cluster: what it learns from others, and what it lets others do.
///
/// Every member knows every session. Where an end of a session is at home at another member, the leg leads to that
/// member instead, and the data path needs to know nothing of it.
extension RelayMachine {
  /// Records sent in one turn, so that a copy for a new member does not fill the receiver's socket.
  private static let messagesPerTurn = 160
  /// Nanoseconds after which a member that has found no other is ready.
  private static let lonelyAfter: UInt64 = 1_500_000_000
  /// Nanoseconds between two comparisons with a member.
  private static let comparePause: UInt64 = 500_000_000
  /// Nanoseconds without a message from a home after which a peer's packets elsewhere show that it has moved. This is
  /// less than what ends a membership: the packets are there, so a mistake costs nothing.
  private static let silentHomeAfter: UInt64 = 600_000_000

  /// Makes the relay a member of a cluster.
  ///
  /// - Parameters:
  ///   - id: Random number of this process.
  ///   - keys: The cluster's keys, each of 32 bytes: the first one encrypts, and all decrypt.
  ///   - control: Endpoint under which others reach its control messages.
  ///   - data: Endpoint that its data comes from and goes to.
  package mutating func joinCluster(
    id: MemberID, keys: [[UInt8]], control: Endpoint, data: Endpoint, at now: Instant
  ) {
    cluster = ClusterState(
      members: MemberTable(id: id, control: control), cipher: ClusterCipher(keys: keys, sender: id), data: data, at: now
    )
  }

  /// Replaces the cluster's keys: the first one encrypts, and all decrypt.
  package mutating func setClusterKeys(_ keys: [[UInt8]]) { cluster?.cipher.replaceKeys(keys) }

  /// Sets where other members may be.
  package mutating func setClusterPlaces(_ endpoints: [Endpoint]) { cluster?.members.setPlaces(endpoints) }

  /// Endpoints that messages of other members are expected from.
  package var clusterEndpoints: Set<Endpoint> { cluster?.members.knownEndpoints ?? [] }

  /// Counts datagrams on the cluster's port that were dropped unread.
  package func countRefusedClusterDatagrams(_ count: Int) { counters.add(.clusterRefused, UInt64(clamping: count)) }

  /// Handles a datagram from the cluster's port. One without the cluster's key is counted, and not answered.
  package mutating func receiveClusterDatagram(_ datagram: [UInt8], from control: Endpoint, at now: Instant) {
    guard let opened = cluster?.cipher.open(datagram), let message = ClusterMessage(opened.message) else {
      return counters.add(.clusterRefused)
    }
    counters.add(.clusterReceived)
    receive(message, from: opened.sender, counter: opened.counter, at: control, at: now)
  }

  /// Returns the datagrams to send to other members, and forgets them.
  package mutating func takeClusterDatagrams() -> [(to: Endpoint, bytes: [UInt8])] {
    var datagrams: [(to: Endpoint, bytes: [UInt8])] = []
    for (endpoint, message) in clusterOutbox {
      if let bytes = cluster?.cipher.seal(message.bytes) { datagrams.append((endpoint, bytes)) }
    }
    clusterOutbox.removeAll(keepingCapacity: true)
    counters.add(.clusterSent, UInt64(datagrams.count))
    return datagrams
  }

  /// Whether the relay has a copy of what its cluster knows; true for a relay without a cluster.
  package var hasCopy: Bool { cluster?.isReady ?? true }

  /// Returns the cluster as this member sees it; nil if the relay is alone.
  package func clusterReport(at now: Instant) -> ClusterReport? {
    guard let cluster else { return nil }
    let digest = cluster.digest
    var homes: [MemberID: Int] = [:]
    for home in cluster.homes.values { homes[home.member, default: 0] += 1 }
    let members = cluster.members.members.values.filter(\.isProven).sorted { $0.id < $1.id }.map { member in
      ClusterReport.Member(
        id: member.id, control: member.control,
        state: cluster.members.state(of: member.id, at: now) ?? .suspect,
        roundTrip: member.roundTrip.map { Double($0) / 1e6 },
        agrees: member.digest == digest || cluster.members.hasAgreed(with: member.id, at: now),
        homes: homes[member.id] ?? 0)
    }
    let crossed = crossed
    return ClusterReport(
      id: cluster.id, isReady: cluster.isReady, homes: homes[cluster.id] ?? 0, members: members,
      lost: cluster.members.lost.count, fromMembers: crossed.fromMembers, toMembers: crossed.toMembers)
  }

  /// Handles a decrypted message from another member.
  mutating func receive(
    _ message: ClusterMessage, from member: MemberID, counter: UInt64, at control: Endpoint, at now: Instant
  ) {
    guard cluster?.members.accept(counter, from: member, at: control, at: now) == true else { return }
    clock = now
    if case .heartbeat(let heartbeat) = message {
      let changes = cluster?.members.receive(heartbeat, from: member, at: control, at: now) ?? []
      take(changes, at: now)
      return compare(with: member, at: now)
    }
    guard cluster?.members.isProven(member) == true else { return }
    switch message {
    case .heartbeat: break
    case .leave: take(cluster?.members.receiveLeave(from: member, at: now) ?? [], at: now)
    case .records(let records): for record in records { take(record, from: member, at: now) }
    case .digests(let digests): wantWhatDiffers(from: digests, of: member)
    case .want(let buckets): cluster?.wanted[member, default: []].append(contentsOf: buckets)
    case .initiation(let initiation): receive(initiation, from: member, at: now)
    case .waiting(let initiation, let milliseconds):
      receiveWaiting(initiation, milliseconds: milliseconds, from: member, at: now)
    case .response(let delivery, let facts): receive(delivery, facts, from: member, at: now)
    case .delivery(let delivery): receive(delivery)
    case .arrival(let arrival): receive(arrival, from: member, at: now)
    }
  }

  /// Handles the passing of time: heartbeats, members that are lost, and copies. Call it 20 times a second at least.
  package mutating func advanceCluster(to now: Instant) {
    guard cluster != nil else { return }
    clock = now
    take(cluster?.members.advance(to: now) ?? [], at: now)
    _ = distant.takeDue(by: now)
    takeOverSilentHomes(at: now)
    noteReadiness(at: now)
    sendChanges(at: now)
    sendWanted(at: now)
    guard cluster?.members.isBeatDue(at: now) == true, let own = ownHeartbeat else { return }
    let random = random
    let beats =
      cluster?.members.heartbeats(own, at: now, random: { random(8).reduce(0) { $0 << 8 | UInt64($1) } }) ?? []
    for (endpoint, heartbeat) in beats { clusterOutbox.append((endpoint, .heartbeat(heartbeat))) }
  }

  /// Announces that this process ends now.
  package mutating func leaveCluster(at now: Instant) {
    for member in cluster?.members.reachable(at: now) ?? [] { clusterOutbox.append((member.control, .leave)) }
  }

  // Sessions.

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
    guard let identity = cluster?.identities[id] else { return nil }
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
    if cluster?.identities[id] == nil {
      let identity = SessionFacts.Identity(
        initiatorKey: directory[session.initiatorKey]?.key.publicKey ?? [],
        responderKey: directory[session.responderKey]?.key.publicKey ?? [],
        towardResponder: table.memory(of: id * 2).read().receiverIndex,
        towardInitiator: table.memory(of: id * 2 + 1).read().receiverIndex)
      cluster?.add(id, identity, [session.initiator, session.responder])
    }
    guard session.state == .confirmed, let facts = facts(of: id, at: now) else { return }
    cluster?.count(facts)
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
      guard let initiatorKey, responderKey != nil, initiatorKey != responderKey,
        directory[initiatorKey]?.group == group
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
    cluster?.add(id, facts.identity, [facts.initiator.endpoint, facts.responder.endpoint])
    cluster?.moves[id * 2] = facts.initiator.moves
    cluster?.moves[id * 2 + 1] = facts.responder.moves
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
      guard end.moves > moves || end.moves == moves && end.endpoint != old && end.endpoint.precedes(old) else {
        continue
      }
      sessions[Int(id)][leg] = end.endpoint
      cluster?.moves[leg] = end.moves
      cluster?.movedAt[leg] = now
      cluster?.move(id, from: old, to: end.endpoint)
      releaseHome(of: old)
      cluster?.entrances[leg] = nil
      own(key(of: leg, sessions[Int(id)]), end.endpoint, at: now)
    }
    if facts.confirmedAge != nil, sessions[Int(id)].state == .candidate { confirmShared(id, facts, at: now) }
    refreshLegs(of: id)
    guard sessions[Int(id)].state == .confirmed, let merged = self.facts(of: id, at: now) else { return }
    cluster?.count(merged)
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

  // Homes.

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
    if cluster?.members.member(withData: event.source) != nil { return true }
    let end = session[event.leg]
    guard cluster?.isElsewhere(end) == true else { return false }
    if let home = cluster?.remoteHome(of: end, at: event.at), event.at.since(home.lastHeard) < Self.silentHomeAfter,
      let identity = cluster?.identities[event.leg.session]
    {
      let arrival = ClusterMessage.Arrival(
        session: identity, isFromInitiator: event.leg & 1 == 0, source: event.source, counter: event.counter,
        length: event.length)
      clusterOutbox.append((home.control, .arrival(arrival)))
      if event.source == end {
        cluster?.unanswered[event.leg] = ClusterState.UnansweredArrival(
          home: home.id, endpoint: end, counter: event.counter, at: event.at)
      }
      return true
    }
    guard event.source == end else { return false }
    if isEvidence(event.leg, for: end) { moveHome(of: end, to: own) }
    table.activity(of: event.leg).raise(highest: event.counter)
    return true
  }

  /// Becomes the home of peers whose packets have arrived here since their home became silent. A quiet peer's next packet
  /// may be a keepalive interval away.
  private mutating func takeOverSilentHomes(at now: Instant) {
    guard let own = cluster?.id, let unanswered = cluster?.unanswered, !unanswered.isEmpty else { return }
    for (leg, arrival) in unanswered {
      let isSilent =
        cluster?.members.members[arrival.home].map { now.since($0.lastHeard) >= Self.silentHomeAfter } ?? true
      let isOld = now.since(arrival.at) > 2 * Self.silentHomeAfter
      guard isSilent || isOld else { continue }
      cluster?.unanswered[leg] = nil
      guard isSilent, cluster?.homes[arrival.endpoint]?.member == arrival.home,
        isEvidence(leg, for: arrival.endpoint)
      else { continue }
      moveHome(of: arrival.endpoint, to: own)
      table.activity(of: leg).raise(highest: arrival.counter)
    }
  }

  private mutating func receive(_ arrival: ClusterMessage.Arrival, from member: MemberID, at now: Instant) {
    guard let id = cluster?.sessions[arrival.session] else { return }
    let leg = id * 2 + (arrival.isFromInitiator ? 0 : 1)
    let end = sessions[Int(id)][leg]
    let highest = table.activity(of: leg).highestCounter
    guard cluster?.isElsewhere(end) == false, arrival.counter > highest,
      arrival.counter - highest <= RelayLimits.plausibleAdvance
    else { return }
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
  private func hasHome(_ endpoint: Endpoint) -> Bool {
    guard let cluster, let home = cluster.homes[endpoint] else { return false }
    return home.member == cluster.id || cluster.other(home.member, at: clock) != nil
  }

  /// Records that an endpoint's packets arrive at a member now, because it has proven that it is there.
  private mutating func moveHome(of endpoint: Endpoint, to member: MemberID) {
    if cluster?.moveHome(of: endpoint, to: member) == true { noteHome(of: endpoint) }
  }

  /// Forgets where an endpoint is at home if neither a session nor an address needs it any more.
  mutating func releaseHome(of endpoint: Endpoint) {
    if addresses[endpoint] == nil { cluster?.forgetHome(of: endpoint) }
  }

  /// Lets all sessions of an endpoint follow its home.
  private mutating func noteHome(of endpoint: Endpoint) {
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
    if let entrance = cluster?.entrances[id * 2], isEvidence(id * 2, for: session.initiator) {
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
  private mutating func refreshSessions(at endpoint: Endpoint) {
    for id in cluster?.sessionsAt[endpoint] ?? [] { refreshLegs(of: id) }
  }

  // What members share.

  private mutating func take(_ changes: [MemberTable.Change], at now: Instant) {
    for change in changes {
      switch change {
      case .joined(let id), .back(let id), .changed(let id), .lost(let id):
        table.members.set(cluster?.members.reachable(at: now).map(\.data) ?? [])
        // Endpoints that are at home there are reached in another way now.
        let endpoints = cluster?.homes.filter { $0.value.member == id }.map(\.key) ?? []
        for endpoint in endpoints { refreshSessions(at: endpoint) }
        for leg in cluster?.entrances.filter({ $0.value == id }).map(\.key) ?? [] { refreshLegs(of: leg.session) }
        if case .joined = change { sendCookies(to: id, at: now) }
      }
      notices.append(.member(change))
    }
  }

  private mutating func take(_ record: ClusterRecord, from member: MemberID, at now: Instant) {
    switch record {
    case .session(let facts): _ = addSession(facts, at: now)
    case .home(let endpoint, let home, let groups, let age):
      guard age < limits.addressSeconds * 1_000 else { return }
      if cluster?.setHome(of: endpoint, home, isOwn: false) == true { noteHome(of: endpoint) }
      let known = groups.compactMap { isOpen ? 0 : directory.group(named: String(decoding: $0, as: UTF8.self)) }
      guard !known.isEmpty else { return }
      let heard = Instant(nanoseconds: now.nanoseconds - min(now.nanoseconds, age * 1_000_000))
      if addresses[endpoint] == nil { register(endpoint, at: heard) }
      for group in known { addresses.join(endpoint, group) }
    case .cookies(let id, let current, let previous, let age):
      guard id == member, current.count == 32, previous.isEmpty || previous.count == 32,
        age < WireGuard.cookieLife * 1_000
      else { return }
      cluster?.cookies[id] = ClusterState.Cookies(current: current, previous: previous, receivedAt: now)
    }
  }

  private mutating func sendCookies(to id: MemberID, at now: Instant) {
    guard let own = cluster?.id, let member = cluster?.members.members[id] else { return }
    let record = ClusterRecord.cookies(
      own, current: cookies.current, previous: cookies.previous, age: now.since(cookies.rotatedAt) / 1_000_000)
    clusterOutbox.append((member.control, .records([record])))
  }

  /// Sends new cookie secrets to every member.
  mutating func shareCookies(at now: Instant) {
    for member in cluster?.members.reachable(at: now) ?? [] { sendCookies(to: member.id, at: now) }
  }

  private mutating func sendChanges(at now: Instant) {
    guard let changed = cluster?.changed, !changed.isEmpty else { return }
    cluster?.changed = ClusterState.Changed()
    let records =
      changed.homes.compactMap({ home(of: $0, at: now) })
      + changed.sessions.compactMap({ facts(of: $0, at: now).map(ClusterRecord.session) })
    let messages = ClusterMessage.packing(records)
    for member in cluster?.members.reachable(at: now) ?? [] {
      for message in messages { clusterOutbox.append((member.control, message)) }
    }
  }

  /// Sends a member this member's digests if it has other records.
  private mutating func compare(with id: MemberID, at now: Instant) {
    guard let cluster, let member = cluster.members.members[id], member.isProven else { return }
    guard member.digest != cluster.digest else {
      self.cluster?.members.noteAgreement(with: id, at: now)
      return
    }
    guard now.since(cluster.comparedAt[id] ?? .start) >= Self.comparePause else { return }
    self.cluster?.comparedAt[id] = now
    clusterOutbox.append((member.control, .digests(cluster.digestsOfBuckets)))
  }

  /// Asks for the records of the buckets in which a member has others, and queues this member's own for it.
  private mutating func wantWhatDiffers(from digests: [UInt64], of id: MemberID) {
    guard let cluster, let member = cluster.members.members[id], digests.count == ClusterState.buckets else { return }
    let different = cluster.digestsOfBuckets.indices.filter { cluster.digestsOfBuckets[$0] != digests[$0] }
    guard !different.isEmpty else { return }
    clusterOutbox.append((member.control, .want(different.map { UInt16($0) })))
    // The other side lacks what only this one has.
    self.cluster?.wanted[id, default: []].append(contentsOf: different.map { UInt16($0) })
  }

  private mutating func sendWanted(at now: Instant) {
    guard let wanted = cluster?.wanted, !wanted.isEmpty else { return }
    var left = Self.messagesPerTurn
    for id in wanted.keys.sorted() {
      guard let member = cluster?.members.members[id], member.isProven else {
        cluster?.wanted[id] = nil
        continue
      }
      var queue = ClusterState.unique(cluster?.wanted[id] ?? [])
      while left > 0, let bucket = queue.first {
        queue.removeFirst()
        let messages = ClusterMessage.packing(records(in: Int(bucket), at: now))
        left -= messages.count
        for message in messages { clusterOutbox.append((member.control, message)) }
      }
      cluster?.wanted[id] = queue.isEmpty ? nil : queue
    }
  }

  private func home(of endpoint: Endpoint, at now: Instant) -> ClusterRecord? {
    guard let home = cluster?.homes[endpoint] else { return nil }
    let entry = addresses[endpoint]
    // Otherwise members would return to each other what they want to forget.
    guard entry != nil || cluster?.sessionsAt[endpoint] != nil else { return nil }
    let groups = entry?.memberships.map { isOpen ? [] : Array((directory.name(of: $0.group) ?? "").utf8) } ?? []
    return .home(endpoint, home, groups: groups, age: entry.map { now.since($0.lastSeen) / 1_000_000 } ?? 0)
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

  private func records(in bucket: Int, at now: Instant) -> [ClusterRecord] {
    guard let cluster else { return [] }
    return cluster.endpoints(in: bucket).compactMap({ home(of: $0, at: now) })
      + cluster.ids(in: bucket).filter({ sessions[Int($0)].state == .confirmed })
      .compactMap({ facts(of: $0, at: now).map(ClusterRecord.session) })
  }

  private mutating func noteReadiness(at now: Instant) {
    guard let cluster, !cluster.isReady else { return }
    let others = cluster.members.reachable(at: now)
    let ready = others.filter(\.isReady)
    let isAlone = ready.isEmpty && now.since(cluster.startedAt) >= Self.lonelyAfter
    if isAlone || ready.contains(where: { $0.digest == cluster.digest }) { self.cluster?.isReady = true }
  }

  /// What this member says of itself; nil if the relay is alone.
  private var ownHeartbeat: Heartbeat? {
    guard let cluster else { return nil }
    return Heartbeat(
      stamp: 0, echo: 0, held: 0, data: cluster.data, isReady: cluster.isReady, digest: cluster.digest,
      members: [])
  }
}
