/// The evidence for one address that sends the data of a session from elsewhere.
struct RoamingCandidate: Sendable {
  let source: Endpoint
  /// Other member of the cluster at which its first packet arrived; nil for this one.
  let entrance: MemberID?
  let generation: UInt32
  var firstSeen: Instant
  var lastSeen: Instant
  var lastCounter: UInt64
  var packets: Int
}

/// An address that sends data under a key from elsewhere, over all of the key's sessions: a hub has many, and each of
/// them may be quiet.
struct Mover: Sendable {
  let source: Endpoint
  /// The leg on which it was seen last.
  var leg: LegID
  var firstSeen: Instant
  var lastSeen: Instant
  var packets: Int
}

/// The address of a session end before its data moved.
struct Departure: Sendable {
  /// The earlier address.
  let from: Endpoint
  /// The highest counter received from there.
  var highest: UInt64
  let at: Instant
}

/// Roaming: an address that sends data like that of an end elsewhere proves itself by counters. The highest counter
/// decides. Late packets move nothing, and no packet from the peer's present address is lost in the process.
extension RelayMachine {
  /// Considers a data packet from elsewhere.
  ///
  /// One packet moves nothing. Several with rising counters over some time do, if the old address is silent meanwhile.
  /// Until then the new address gets copies, at most three times the bytes that it sent, so that a peer that has moved
  /// is answered at once and a forged source gains nothing.
  ///
  /// - Parameter entrance: Other member of the cluster at which the packet arrived; nil for this one.
  mutating func considerMove(_ event: DataPathEvent, through entrance: MemberID? = nil) {
    guard let session = liveSession(of: event.leg), !considerArrival(event, session), !isRoamingStrict else { return }
    let activity = table.activity(of: event.leg)
    // Events wait in a queue: conditions may have changed since the packet arrived.
    guard table.memory(of: event.leg).read().from != event.source, event.counter > activity.highestCounter else {
      return
    }
    let timeout = limits.roamingMilliseconds * 1_000_000
    if let departure = departures[event.leg], departure.from == event.source, event.at.since(departure.at) >= timeout {
      // The session was at this address before, and the newest packet of all came from it.
      return move(event.leg, to: event.source, through: entrance, counter: event.counter, at: event.at)
    }
    if isOrphaned(session[event.leg], at: event.at) {
      return followOrphan(
        event.leg, to: event.source, counter: event.counter, length: event.length, at: event.at)
    }
    guard let candidate = noteCandidate(event, session, through: entrance) else { return }
    let mover = noteMover(event, session)
    // Both start over when the old address sends data.
    let evidence = [
      (candidate.packets, candidate.firstSeen), mover.map { ($0.packets, $0.firstSeen) } ?? (0, event.at),
    ]
    let isEnough = evidence.contains { packets, since in
      packets >= limits.roamingPackets && event.at.since(since) >= timeout
    }
    guard isEnough else {
      return accompany(event, candidate, through: entrance)
    }
    move(event.leg, to: event.source, through: entrance, counter: event.counter, at: event.at)
  }

  /// Considers a data packet from the address before the last move: one that was in transit when the peer moved, or one
  /// of a peer whose session a forged source has taken over.
  ///
  /// Nothing moves; but while such packets arrive, packets to the peer go to both addresses.
  mutating func considerLate(_ event: DataPathEvent) {
    guard let session = liveSession(of: event.leg), var departure = departures[event.leg],
      departure.from == event.source, event.counter > departure.highest
    else { return }
    departure.highest = event.counter
    departures[event.leg] = departure
    let down = event.leg.opposite
    let isTaken = roaming[event.leg]?.contains { $0.source == table.companion(of: down).read().to } ?? false
    guard !isTaken else { return }
    if !hasCompanion(down, event.source) {
      wheel.add(.roaming(event.leg, session.generation), at: event.at.advanced(seconds: limits.roamingSeconds))
    }
    setCompanion(of: down, to: event.source, credit: RelayLimits.bytesForLatePacket, isSteady: true)
  }

  private func liveSession(of leg: LegID) -> SessionRecord? {
    let index = Int(leg.session)
    guard sessions.indices.contains(index), sessions[index].state != .free else { return nil }
    return sessions[index]
  }

  /// Returns the key at the end that sends on this leg.
  func key(of leg: LegID, _ session: SessionRecord) -> KeyID {
    leg & 1 == 0 ? session.initiatorKey : session.responderKey
  }

  /// Records the packet for its candidate.
  ///
  /// - Returns: The updated candidate; nil if its counter does not rise or there is no room.
  private mutating func noteCandidate(
    _ event: DataPathEvent, _ session: SessionRecord, through entrance: MemberID?
  ) -> RoamingCandidate? {
    let fresh = RoamingCandidate(
      source: event.source, entrance: entrance, generation: session.generation, firstSeen: event.at, lastSeen: event.at,
      lastCounter: event.counter, packets: 1)
    var list = roaming[event.leg] ?? []
    list.removeAll { $0.generation != session.generation }
    guard let place = list.firstIndex(where: { $0.source == event.source }) else {
      if list.count >= limits.candidatesPerLeg {
        // The weakest candidate gives way; of equals, the newest, so that a source that changes with every packet
        // cannot fill the table.
        let least = list.indices.reversed().min {
          (list[$0].packets, list[$1].lastSeen) < (list[$1].packets, list[$0].lastSeen)
        }
        guard let least else { return nil }
        list.remove(at: least)
      }
      list.append(fresh)
      return setCandidates(of: event.leg, list, session, at: event.at) ? fresh : nil
    }
    guard event.counter > list[place].lastCounter else { return nil }
    if table.activity(of: event.leg).freshAt > list[place].firstSeen.milliseconds {
      // The old address has sent data in the meantime.
      list[place] = fresh
    } else {
      list[place].lastCounter = event.counter
      list[place].lastSeen = event.at
      list[place].packets += 1
    }
    let candidate = list[place]
    return setCandidates(of: event.leg, list, session, at: event.at) ? candidate : nil
  }

  /// Stores the candidates of a leg.
  ///
  /// - Returns: False if the table, or the group's share of it, is full.
  private mutating func setCandidates(
    of leg: LegID, _ list: [RoamingCandidate], _ session: SessionRecord, at now: Instant
  ) -> Bool {
    let growth = list.count - (roaming[leg]?.count ?? 0)
    if growth > 0 {
      let share = max(limits.candidatesPerLeg, limits.roamingCandidates / max(1, min(4, directory.groupCount)))
      guard roamingCount + growth <= limits.roamingCandidates,
        roamingPerGroup[session.group, default: 0] + growth <= share
      else {
        counters.drop(.tableFull)
        return false
      }
    }
    if roaming[leg] == nil {
      wheel.add(.roaming(leg, session.generation), at: now.advanced(seconds: limits.roamingSeconds))
    }
    count(candidates: growth, in: session.group)
    roaming[leg] = list.isEmpty ? nil : list
    return true
  }

  private mutating func count(candidates growth: Int, in group: GroupID) {
    guard growth != 0 else { return }
    roamingCount += growth
    let left = roamingPerGroup[group, default: 0] + growth
    roamingPerGroup[group] = left == 0 ? nil : left
  }

  /// Records the packet for its mover.
  ///
  /// - Returns: The evidence of all the key's sessions for the source; nil on an open relay, which has no keys.
  private mutating func noteMover(_ event: DataPathEvent, _ session: SessionRecord) -> Mover? {
    let key = key(of: event.leg, session)
    guard key != 0 else { return nil }
    var movers = keys[key]?.movers ?? []
    movers.removeAll { event.at.since($0.lastSeen) > limits.roamingSeconds * 1_000_000_000 }
    defer { keys[key, default: KeyState()].movers = movers }
    guard let place = movers.firstIndex(where: { $0.source == event.source }) else {
      if movers.count >= limits.moversPerKey,
        let least = movers.indices.reversed().min(by: {
          (movers[$0].packets, movers[$1].lastSeen) < (movers[$1].packets, movers[$0].lastSeen)
        })
      {
        movers.remove(at: least)
      }
      let mover = Mover(
        source: event.source, leg: event.leg, firstSeen: event.at, lastSeen: event.at, packets: 1)
      movers.append(mover)
      return mover
    }
    if table.activity(of: event.leg).freshAt > movers[place].firstSeen.milliseconds {
      movers[place].firstSeen = event.at
      movers[place].packets = 0
    }
    movers[place].leg = event.leg
    movers[place].lastSeen = event.at
    movers[place].packets += 1
    return movers[place]
  }

  /// Sends the candidate copies of what the session forwards to its end.
  private mutating func accompany(
    _ event: DataPathEvent, _ candidate: RoamingCandidate, through entrance: MemberID?
  ) {
    let earned = RelayLimits.candidateFactor * (Int64(event.length) + event.source.headerBytes)
    let isWeaker = roaming[event.leg]?.contains { $0.source != event.source && $0.packets > candidate.packets } ?? false
    guard !isWeaker else { return }
    if let entrance { return accompany(event, through: entrance, credit: earned) }
    // Copies to an address that is at home at another member would not pass its NAT.
    guard !next(event.source).isMember else { return }
    setCompanion(of: event.leg.opposite, to: event.source, credit: earned, isSteady: false)
  }

  private func hasCompanion(_ leg: LegID, _ endpoint: Endpoint) -> Bool {
    table.memory(of: leg).read().flags.contains(.companion) && table.companion(of: leg).read().to == endpoint
  }

  /// Gives a leg a companion address, or more credit if it already has this one.
  mutating func setCompanion(of leg: LegID, to endpoint: Endpoint, credit: Int64, isSteady: Bool) {
    let activity = table.activity(of: leg)
    if hasCompanion(leg, endpoint) {
      if activity.companionCredit < 64 * 1_024 { activity.addCredit(credit) }
      return
    }
    table.updateCompanion(leg) {
      $0.to = endpoint
      $0.flags = isSteady ? .companion : []
    }
    activity.companionCredit = credit
    table.update(leg) { $0.flags.insert(.companion) }
  }

  mutating func clearCompanion(of leg: LegID) {
    guard table.memory(of: leg).read().flags.contains(.companion) else { return }
    table.update(leg) { $0.flags.remove(.companion) }
    table.activity(of: leg).companionCredit = 0
  }

  mutating func move(
    _ leg: LegID, to endpoint: Endpoint, through entrance: MemberID?, counter: UInt64, at now: Instant
  ) {
    let index = Int(leg.session)
    let old = sessions[index][leg]
    let isReturn = departures[leg]?.from == endpoint
    departures[leg] = Departure(from: old, highest: table.activity(of: leg).highestCounter, at: now)
    sessions[index][leg] = endpoint
    forgetCandidates(of: leg)
    clearCompanion(of: leg.opposite)
    table.updateCompanion(leg) { $0.from = old }
    table.update(leg) { $0.from = endpoint }
    table.update(leg.opposite) { $0.to = endpoint }
    noteMove(of: leg, from: old, to: endpoint, through: entrance, at: now)
    table.activity(of: leg).count(packets: 0, bytes: 0, highest: counter, now: now.milliseconds)
    let key = key(of: leg, sessions[index])
    own(key, endpoint, at: now)
    notices.append(
      isReturn
        ? .movedBack(key: name(of: key), to: endpoint) : .moved(key: name(of: key), from: old, to: endpoint))
  }

  /// Removes the candidates of a leg from the table.
  private mutating func forgetCandidates(of leg: LegID) {
    guard let list = roaming.removeValue(forKey: leg) else { return }
    count(candidates: -list.count, in: sessions[Int(leg.session)].group)
  }

  /// Removes candidates that have been silent for too long, and stops the copies caused by late packets.
  ///
  /// - Returns: When to check again; nil if no candidate is left.
  mutating func expireCandidates(of leg: LegID, _ generation: UInt32, at now: Instant) -> Instant? {
    guard let session = liveSession(of: leg), session.generation == generation else { return nil }
    let lifetime = limits.roamingSeconds * 1_000_000_000
    let list = roaming[leg] ?? []
    let left = list.filter { now.since($0.lastSeen) < lifetime }
    count(candidates: left.count - list.count, in: session.group)
    roaming[leg] = left.isEmpty ? nil : left
    let companion = table.companion(of: leg.opposite).read().to
    if !left.contains(where: { $0.source == companion }) { clearCompanion(of: leg.opposite) }
    return left.map { $0.lastSeen.advanced(seconds: limits.roamingSeconds) }.min()
  }

  /// Removes all roaming state of a session. Called when it ends, before its number is reused.
  mutating func forgetRoaming(of id: SessionID) {
    for leg in [id * 2, id * 2 + 1] {
      forgetCandidates(of: leg)
      clearCompanion(of: leg)
      guard departures.removeValue(forKey: leg) != nil else { continue }
      table.updateCompanion(leg) { $0.from = .none }
    }
  }
}
