import CRelayCore

/// Records that the members of a cluster exchange: changes at once, and the rest when their digests differ.
extension RelayMachine {
  /// Messages of a copy in a millisecond, so that it does not fill the receiver's socket.
  private static let messagesPerMillisecond = 32
  /// Milliseconds without a turn that count.
  private static let longestTurn: UInt64 = 5
  /// Nanoseconds between two comparisons with a member.
  private static let comparePause: UInt64 = 500_000_000
  /// The same while a copy arrives.
  private static let longComparePause: UInt64 = 1_500_000_000

  /// Follows changes of who belongs to the cluster.
  mutating func take(_ changes: [MemberTable.Change], at now: Instant) {
    for change in changes {
      switch change {
      case .joined(let id), .back(let id), .changed(let id), .lost(let id):
        if case .lost = change { cluster?.forgetWanted(by: id) }
        table.members.set(cluster?.members.dataEndpoints(at: now) ?? [])
        // Endpoints that are at home there are reached in another way now.
        let endpoints = cluster?.homes.filter { $0.value.member == id }.map(\.key) ?? []
        for endpoint in endpoints { refreshSessions(at: endpoint) }
        for leg in cluster?.entrances.filter({ $0.value == id }).map(\.key) ?? [] { refreshLegs(of: leg.session) }
        switch change {
        case .joined: sendCookies(to: id, at: now)
        // It has its copy, so it takes this member's word.
        case .changed, .back: sendAllCounts()
        case .lost: break
        }
      }
      notices.append(.member(change))
    }
  }

  /// Handles a record of another member.
  mutating func take(_ record: ClusterRecord, from member: MemberID, at now: Instant) {
    switch record {
    case .session(let facts): _ = addSession(facts, at: now)
    case .home(let endpoint, let home, let groups, let age):
      guard age < limits.addressSeconds * 1_000 else { return }
      if cluster?.setHome(of: endpoint, home, isOwn: false) == true { noteHome(of: endpoint) }
      let known = groups.compactMap { isOpen ? 0 : directory.group(named: String(decoding: $0, as: UTF8.self)) }
        .filter { !isTaken(endpoint, besides: $0) }
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

  /// Sends every member what has changed.
  mutating func sendChanges(at now: Instant) {
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
  mutating func compare(with id: MemberID, at now: Instant) {
    guard let cluster, let member = cluster.members.members[id], member.isProven else { return }
    guard member.digest != cluster.digest else {
      self.cluster?.noteAgreement(with: id, at: now)
      return
    }
    // A new member would ask for what is on its way. Among others, a record that was lost keeps a peer's packets from it
    // until they have compared, so they do not wait.
    let pause = cluster.isReceivingCopy(from: id, at: now) ? Self.longComparePause : Self.comparePause
    guard now.since(cluster.comparedAt[id] ?? .start) >= pause else { return }
    self.cluster?.comparedAt[id] = now
    clusterOutbox.append((member.control, .digests(cluster.digestsOfBuckets)))
  }

  /// Asks for the records of the buckets in which a member has others, and queues this member's own for it.
  mutating func wantWhatDiffers(from digests: [UInt64], of id: MemberID, at now: Instant) {
    guard let member = cluster?.members.members[id],
      let wanted = cluster?.compare(digests, of: id, at: now), !wanted.isEmpty
    else { return }
    clusterOutbox.append((member.control, .want(wanted)))
    // The other side lacks what only this one has.
    give(wanted, to: id, at: now)
  }

  /// Queues this member's records in some buckets for another one, if it has any now: those that the other one sends in the
  /// meantime need not come back.
  mutating func give(_ buckets: [UInt16], to id: MemberID, at now: Instant) {
    let known = buckets.filter { cluster?.hasRecords(in: Int($0)) == true }
    cluster?.want(known, for: id, at: now)
  }

  /// Sends members the records that they lack, a part of them in each turn.
  mutating func sendWanted(at now: Instant) {
    guard let wanted = cluster?.wanted.keys.sorted(), !wanted.isEmpty else { return }
    let elapsed = min(now.since(cluster?.copiedAt ?? .start) / 1_000_000, Self.longestTurn)
    guard elapsed > 0 else { return }
    cluster?.copiedAt = now
    var left = Int(elapsed) * Self.messagesPerMillisecond
    for id in wanted {
      guard let member = cluster?.members.members[id], member.isProven else {
        cluster?.forgetWanted(by: id)
        continue
      }
      while left > 0, let bucket = cluster?.takeWanted(by: id, at: now) {
        let messages = ClusterMessage.packing(records(in: Int(bucket), at: now))
        left -= messages.count
        for message in messages { clusterOutbox.append((member.control, message)) }
      }
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

  private func records(in bucket: Int, at now: Instant) -> [ClusterRecord] {
    guard let cluster else { return [] }
    return cluster.endpoints(in: bucket).compactMap({ home(of: $0, at: now) })
      + cluster.ids(in: bucket).filter({ sessions[Int($0)].state == .confirmed })
      .compactMap({ facts(of: $0, at: now).map(ClusterRecord.session) })
  }
}
