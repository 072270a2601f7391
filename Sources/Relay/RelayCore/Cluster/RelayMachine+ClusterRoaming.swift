import CRelayCore

/// Roaming from one member to another: the end's home gathers the evidence, and until there is enough, lets the others
/// send copies to where the end may be. Otherwise, a peer that only answers could not prove that it has moved.
///
/// Copies take the way of all data: from the member at which the other end is at home to the one at which the new address
/// turned up, and from there to the peer.
extension RelayMachine {
  /// Bytes that a packet may earn: three times the longest datagram with its headers.
  private static let maxCredit = UInt32(RelayLimits.candidateFactor) * (65_535 + 48)

  /// Lets an address get copies through the member at which its packets arrive.
  ///
  /// A load balancer forgets the flows of a member that ends. So copies are sent at once then, even if the earlier address
  /// was in use a moment ago.
  mutating func accompany(_ event: DataPathEvent, through entrance: MemberID, credit: Int64) {
    guard let cluster, let member = cluster.other(entrance, at: event.at),
      let identity = cluster.identity(of: event.leg.session)
    else { return }
    let message = ClusterMessage.accompaniment(
      ClusterMessage.Accompaniment(
        session: identity, isInitiator: event.leg & 1 == 0, source: event.source, entrance: entrance,
        credit: min(UInt32(clamping: credit), Self.maxCredit), isSteady: cluster.isDraining))
    clusterOutbox.append((member.control, message))
    let sender = sessions[Int(event.leg.session)][event.leg.opposite]
    if let home = cluster.remoteHome(of: sender, at: event.at) {
      if home.id != entrance { clusterOutbox.append((home.control, message)) }
    } else {
      setCompanion(of: event.leg.opposite, to: member.data, credit: credit, isSteady: cluster.isDraining)
    }
  }

  /// Returns whether nobody can send to an end at its present address, because its home is gone.
  ///
  /// - Parameter silence: Nanoseconds without a message from the home after which it is gone.
  func isOrphaned(_ end: Endpoint, at now: Instant, after silence: UInt64 = RelayMachine.silentHomeAfter) -> Bool {
    guard cluster?.isElsewhere(end) == true else { return false }
    return cluster?.remoteHome(of: end, at: now).map { now.since($0.lastHeard) >= silence } ?? true
  }

  /// Lets a session follow an end whose home is gone to where a newer packet came from. One packet is enough: a peer that
  /// only answers could send no second one, and at its earlier address it gets nothing.
  ///
  /// The home of the other end decides, because the end's packets have passed it: a repeated one moves nothing.
  mutating func followOrphan(_ leg: LegID, to source: Endpoint, counter: UInt64, length: UInt32, at now: Instant) {
    let sender = sessions[Int(leg.session)][leg.opposite]
    if let judge = cluster?.remoteHome(of: sender, at: now), let identity = cluster?.identity(of: leg.session) {
      let arrival = ClusterMessage.Arrival(
        session: identity, isFromInitiator: leg & 1 == 0, source: source, counter: counter, length: length)
      return clusterOutbox.append((judge.control, .arrival(arrival)))
    }
    guard isNewer(counter, than: leg) else { return }
    move(leg, to: source, through: nil, counter: counter, at: now)
  }

  /// Considers an orphan's packet at another member, as the home of the session's other end.
  mutating func followOrphan(
    _ leg: LegID, _ arrival: ClusterMessage.Arrival, through entrance: MemberID, at now: Instant
  ) {
    let sender = sessions[Int(leg.session)][leg.opposite]
    guard cluster?.isElsewhere(sender) == false, isNewer(arrival.counter, than: leg) else { return }
    move(leg, to: arrival.source, through: entrance, counter: arrival.counter, at: now)
  }

  /// Returns whether a packet's counter is higher than all that are known of a leg, and not too far ahead.
  func isNewer(_ counter: UInt64, than leg: LegID) -> Bool {
    let highest = table.activity(of: leg).highestCounter
    return counter > highest && counter - highest <= RelayLimits.plausibleAdvance
  }

  /// Lets sessions follow ends that have been seen at other members, if this member ends soon and they have sent nothing
  /// here since. What this member sends them gets lost: the load balancer has sent them elsewhere.
  mutating func followWhileDraining(at now: Instant) {
    guard cluster?.isDraining == true else { return }
    for (leg, candidates) in roaming {
      guard let strongest = candidates.max(by: { ($0.packets, $0.lastSeen) < ($1.packets, $1.lastSeen) }),
        let entrance = strongest.entrance, cluster?.other(entrance, at: now) != nil,
        now.since(strongest.firstSeen) >= limits.roamingMilliseconds * 1_000_000,
        table.activity(of: leg).freshAt <= strongest.firstSeen.milliseconds,
        strongest.generation == sessions[Int(leg.session)].generation
      else { continue }
      move(leg, to: strongest.source, through: entrance, counter: strongest.lastCounter, at: now)
    }
  }

  /// Lets an address get copies because the home of the end that may have moved there says so.
  mutating func receive(_ accompaniment: ClusterMessage.Accompaniment, from member: MemberID, at now: Instant) {
    guard let cluster, let id = cluster.sessions[accompaniment.session], accompaniment.credit <= Self.maxCredit else {
      return
    }
    let leg = id * 2 + (accompaniment.isInitiator ? 0 : 1)
    let session = sessions[Int(id)]
    guard session.state == .confirmed, cluster.homes[session[leg]]?.member == member,
      !isTaken(accompaniment.source, besides: session.group)
    else { return }
    let next =
      accompaniment.entrance == cluster.id
      ? accompaniment.source : cluster.other(accompaniment.entrance, at: now)?.data
    guard let next, !next.isNone else { return }
    let hadCompanion = table.memory(of: leg.opposite).read().flags.contains(.companion)
    setCompanion(
      of: leg.opposite, to: next, credit: Int64(accompaniment.credit), isSteady: accompaniment.isSteady)
    if !hadCompanion {
      wheel.add(.roaming(leg, session.generation), at: now.advanced(seconds: limits.roamingSeconds))
    }
  }
}
