extension RelayMachine {
  /// Handles an initiation (section 5.4.2 of the WireGuard paper): finds its key and forwards it.
  mutating func receiveInitiation(_ received: HandshakeMessage, from source: Endpoint, at now: Instant) {
    var message = received
    let known = addresses[source]
    // Verifying the cookie needs no key, so it comes before every budget: others cannot exhaust the budget of the
    // proven.
    let proven = isOpen || cookies.proves(message, from: source, others: secretsOfOthers(at: now))
    let standing = standing(of: source, known, proven: proven)
    var isOverOwn = false
    switch takeBudget(standing, from: source, proven: proven, at: now) {
    case nil: break
    case .challenged: isOverOwn = true
    case let reason?: return drop(reason, source)
    }
    var key: KeyID = 0
    var group: GroupID = 0
    if !isOpen {
      guard let match = directory.match(message, hints: [known?.lastAddressed, known?.owned].compactMap { $0 }),
        let entry = directory[match]
      else { return drop(.notAllowed, source) }
      key = match
      group = entry.group
      guard !isOverOwn, takeKeyToken(key, standing, from: source, at: now) else {
        // A source that is really there can prove it, and then has a budget that no one else spends from.
        if !proven, budgets.takeChallenge(limits, at: now) {
          spend(.challenges)
          challenge(message, key, source)
        }
        return drop(isOverOwn ? .sourceRate : .keyRate, source)
      }
      if proven { message.clearMAC2() }
    }
    if proven { register(source, at: now) }
    let trusted = addresses[source] != nil
    if trusted {
      let isNew = addresses[source]?.isMember(of: group) == false
      addresses.join(source, group)
      // An open relay takes every source for proven; only a cookie proves one.
      shareAddress(source, isNew: isNew, hasProof: proven && !isOpen)
      addresses.update(source) {
        $0.lastSeen = now
        $0.lastAddressed = key
      }
    }
    guard permits(source, key) else { return drop(.notPermitted, source) }
    guard let targets = targets(for: message, key, group, from: source, standing, trusted: trusted, at: now) else {
      return
    }
    let kept = pending.insert(
      PendingInitiation(
        source: source, sender: message.sender, key: key, group: group, isTrusted: trusted, sentAt: now,
        targets: targets.owners, wentToGroup: !targets.others.isEmpty, credit: targets.credit,
        entrance: cluster?.id))
    guard kept else { return drop(.tableFull, source) }
    if !targets.isEmpty {
      initiations += 1
      if trusted { window.note(AttemptKey(source: source, key: key), made: false, at: now) }
    }
    for endpoint in targets.owners + targets.others {
      sendInitiation(message, key, from: source, to: endpoint, isTrusted: trusted)
    }
    guard targets.isUnmet else { return }
    let unmet = Unmet(message: message, key: key, group: group, source: source, isTrusted: trusted)
    wait(unmet, isSent: meet(unmet, mayGuess: targets.mayGuess) || !targets.isEmpty, at: now)
    if targets.mayGuess { meetThroughOthers(unmet, at: now) }
  }

  private func standing(of source: Endpoint, _ known: AddressBook.Entry?, proven: Bool) -> Standing {
    guard !isOpen else { return .stranger }
    guard let known else { return proven ? .newcomer : .stranger }
    return known.owned != 0 && keys[known.owned]?.isOwned(by: source) == true ? .member : .newcomer
  }

  /// - Returns: Nil if the initiation may pass; `challenged` if it may pass once the source is proven.
  private mutating func takeBudget(
    _ standing: Standing, from source: Endpoint, proven: Bool, at now: Instant
  ) -> DropReason? {
    if standing == .member {
      // An address can be forged and a proof cannot, so each has its own bucket.
      let rate = limits.memberRate
      var isLeft = false
      addresses.update(source) { entry in
        var bucket = (proven ? entry.provenBucket : entry.bucket) ?? TokenBucket(rate, at: now)
        isLeft = bucket.take(rate, at: now)
        if proven { entry.provenBucket = bucket } else { entry.bucket = bucket }
      }
      if isLeft { spend(.address(source, isProven: proven)) }
      return isLeft ? nil : proven ? .sourceRate : .challenged
    }
    var isNew = false
    // Finding the key is linear in the number of keys.
    let cost = 1 + UInt64(directory.count / 1_000)
    let reason = budgets.take(standing, from: source, cost: cost, limits, at: now, isNew: &isNew)
    let network = HandshakeBudgets.Network(prefix: source.sourcePrefix, isNewcomer: standing == .newcomer)
    if isNew { wheel.add(.prefix(network), at: now.advanced(seconds: 10)) }
    if reason == nil {
      spend(.network(network))
      if standing == .newcomer { spend(.newcomers) } else { spend(.strangers, count: cost) }
    }
    return reason
  }

  private mutating func takeKeyToken(_ key: KeyID, _ standing: Standing, from source: Endpoint, at now: Instant) -> Bool
  {
    if standing != .stranger, !takeAttempt(key, from: source, at: now) { return false }
    guard standing != .member else { return true }
    let isNewcomer = standing == .newcomer
    let rate = isNewcomer ? limits.newcomerKeyRate : limits.keyRate
    let place = isNewcomer ? \KeyState.newcomers : \KeyState.strangers
    var bucket = keys[key]?[keyPath: place] ?? TokenBucket(rate, at: now)
    let isLeft = bucket.take(rate, at: now)
    keys[key, default: KeyState()][keyPath: place] = bucket
    if isLeft { spend(.key(key, isNewcomer: isNewcomer)) }
    return isLeft
  }

  /// Records that a known address asks for a key.
  ///
  /// - Returns: False if it asks far more often than a WireGuard peer does.
  private mutating func takeAttempt(_ key: KeyID, from source: Endpoint, at now: Instant) -> Bool {
    let place = AttemptKey(source: source, key: key)
    let rate = limits.attemptRate
    guard var attempt = attempts[place] else {
      guard attempts.count < limits.addresses else { return true }
      var bucket = TokenBucket(rate, at: now)
      let isLeft = bucket.take(rate, at: now)
      attempts[place] = Attempt(since: now, lastTry: now, bucket: bucket)
      wheel.add(.attempt(place), at: now.advanced(seconds: Self.attemptPauseSeconds))
      return isLeft
    }
    if now.since(attempt.lastTry) > Self.attemptPauseSeconds * 1_000_000_000 {
      attempt.since = now
      attempt.passedOver = 0
      attempt.isReported = false
    } else if let answeredAt = keys[key]?.answeredAt, answeredAt > attempt.lastTry {
      attempt.passedOver += 1
    }
    attempt.lastTry = now
    let isLeft = attempt.bucket.take(rate, at: now)
    attempts[place] = attempt
    return isLeft
  }

  /// Recipients of an initiation: addresses that get it individually, and further members of the group.
  private struct Targets {
    var owners: [Endpoint]
    var others: [Endpoint] = []
    /// Whether the initiation waits for its peer, because the key is nowhere yet.
    var isUnmet = false
    /// Whether the peer may be looked for among addresses that wait too.
    var mayGuess = false
    /// Bytes that the source may be sent because of the initiation; nil if the source is trusted.
    var credit: Int64?

    var isEmpty: Bool { owners.isEmpty && others.isEmpty }
  }

  /// - Returns: Nil if there is no recipient; the drop has then been counted.
  private mutating func targets(
    for message: HandshakeMessage, _ key: KeyID, _ group: GroupID, from source: Endpoint, _ standing: Standing,
    trusted: Bool, at now: Instant
  ) -> Targets? {
    let owners = keys[key]?.owners.map(\.endpoint).filter { $0 != source } ?? []
    guard trusted else { return targetsOfStranger(message, key, group, owners, from: source, at: now) }
    // The addresses where the key was last seen are always asked, whatever budget is left.
    var targets = Targets(owners: owners + freshMovers(of: key, besides: owners + [source], message, at: now))
    let isSilent = silence(of: key, for: source, at: now) >= limits.ownerPatienceSeconds * 1_000_000_000
    guard owners.isEmpty || isSilent || isIgnored(key, source) else { return targets }
    targets.others = askGroup(group, for: key, from: source, standing, besides: targets.owners, at: now) ?? []
    if !targets.owners.isEmpty || !targets.others.isEmpty {
      if isSilent, !owners.isEmpty, !targets.others.isEmpty { notices.append(.fallback(key: name(of: key))) }
    } else if addresses.members(of: group).contains(where: { $0 != source }) {
      drop(.broadcastRate, source)
      return nil
    } else if isOpen {
      // Whoever sends anything next asks this address.
      drop(.noTarget, source)
      return nil
    }
    targets.isUnmet = owners.isEmpty && !isOpen
    targets.mayGuess = targets.isUnmet
    return targets
  }

  /// Returns the recipients for a source that may be forged: at most one copy. What the source is sent in return is no
  /// more than what it sent.
  private mutating func targetsOfStranger(
    _ message: HandshakeMessage, _ key: KeyID, _ group: GroupID, _ owners: [Endpoint], from source: Endpoint,
    at now: Instant
  ) -> Targets? {
    let place = AttemptKey(source: source, key: key)
    let previous = strangerTries[place].flatMap {
      now.since($0.at) < WireGuard.rekeyAttempt * 1_000_000_000 ? $0 : nil
    }
    let earned = cost(message.bytes.count, to: source)
    if let owner = owners.first {
      let response = cost(WireGuard.Length.response, to: source)
      var credit = (previous?.credit ?? 0) + earned - response
      // The previous attempt went unanswered. Asking beyond the owner requires a known address, so the source is
      // challenged.
      let cookieReply = cost(WireGuard.Length.cookieReply, to: source)
      if previous != nil, credit >= cookieReply {
        credit -= cookieReply
        challenge(message, key, source)
      }
      strangerTries.remember(place, StrangerTry(at: now, credit: min(credit, cookieReply)))
      return Targets(owners: [owner], credit: response)
    }
    strangerTries.remember(place, StrangerTry(at: now, credit: 0))
    let members = addresses.members(of: group)
    if members.count == 1 { return Targets(owners: members, isUnmet: true, credit: earned) }
    guard previous == nil else {
      // Its peer did not turn up last time: only a cookie leads on.
      challenge(message, key, source)
      drop(.challenged, source)
      return nil
    }
    return Targets(owners: [], isUnmet: true, mayGuess: true, credit: earned)
  }

  /// Returns addresses that send data under the key from elsewhere and have earned the bytes of an initiation by doing
  /// so.
  private mutating func freshMovers(
    of key: KeyID, besides known: [Endpoint], _ message: HandshakeMessage, at now: Instant
  ) -> [Endpoint] {
    guard let movers = keys[key]?.movers, !movers.isEmpty else { return [] }
    return movers.filter { mover in
      guard now.since(mover.lastSeen) < limits.roamingSeconds * 1_000_000_000, !known.contains(mover.source) else {
        return false
      }
      let down = mover.leg.opposite
      guard table.memory(of: down).read().flags.contains(.companion),
        table.companion(of: down).read().to == mover.source,
        table.activity(of: mover.leg).isSilent(at: now.milliseconds)
      else { return false }
      return table.activity(of: down).takeCredit(Int64(message.bytes.count) + mover.source.headerBytes)
    }.map(\.source)
  }

  /// Returns the nanoseconds during which the key's owners have answered neither this source nor any other.
  private func silence(of key: KeyID, for source: Endpoint, at now: Instant) -> UInt64 {
    guard let attempt = attempts[AttemptKey(source: source, key: key)] else { return 0 }
    return now.since(max(attempt.since, keys[key]?.answeredAt ?? .start))
  }

  /// Returns whether the key's peer repeatedly answers others but not this source. The notice is sent once, because the
  /// problem is then at the asking peer.
  private mutating func isIgnored(_ key: KeyID, _ source: Endpoint) -> Bool {
    let place = AttemptKey(source: source, key: key)
    guard let attempt = attempts[place], attempt.passedOver >= Self.triesPassedOver else { return false }
    if !attempt.isReported {
      attempts[place]?.isReported = true
      notices.append(.askerIgnored(key: name(of: key), source: source))
    }
    return true
  }

  /// Returns the members of a group to ask for a key without an answering owner: all of them from time to time, and in
  /// between those that joined since.
  ///
  /// - Returns: Nil if a budget does not allow it.
  private mutating func askGroup(
    _ group: GroupID, for key: KeyID, from source: Endpoint, _ standing: Standing, besides asked: [Endpoint],
    at now: Instant
  ) -> [Endpoint]? {
    var search = keys[key]?.searches[standing == .member ? 0 : 1] ?? KeyState.Search()
    let members = addresses.members(of: group)
    let isSmall = members.count <= limits.smallGroup || key == 0
    let isRound = isSmall || now >= search.next
    var endpoints: [Endpoint]
    if isRound {
      endpoints = members
      search.asked = addresses.joins(of: group)
    } else {
      (endpoints, search.asked) = addresses.joined(group, after: search.asked, limit: limits.smallGroup * 2)
    }
    endpoints.removeAll { $0 == source || asked.contains($0) || !permits(source, $0) }
    guard !endpoints.isEmpty else {
      if !isRound { keys[key, default: KeyState()].searches[standing == .member ? 0 : 1] = search }
      return []
    }
    guard takeBroadcastToken(source, at: now),
      budgets.takeCopies(endpoints.count, to: group, isFirst: asked.isEmpty, limits, at: now)
    else { return nil }
    spend(.copies(isFirst: asked.isEmpty), count: UInt64(endpoints.count))
    spend(.copiesOfGroup(group, isFirst: asked.isEmpty), count: UInt64(endpoints.count))
    if isRound, !isSmall {
      search.pause = min(limits.maxRoundSeconds, max(limits.roundSeconds, search.pause * 2))
      search.next = now.advanced(seconds: search.pause)
    }
    if key != 0 { keys[key, default: KeyState()].searches[standing == .member ? 0 : 1] = search }
    return endpoints
  }

  /// Asks an unknown address to prove that it receives packets: a 64-byte reply to its 148-byte message.
  mutating func challenge(_ message: HandshakeMessage, _ key: KeyID, _ source: Endpoint) {
    guard let cookieKey = directory[key]?.cookieKey,
      let reply = cookies.reply(to: message, from: source, cookieKey: cookieKey, nonce: random(24))
    else { return }
    outbox.append(Transmission(to: source, bytes: reply))
  }

  /// Remembers an address that has proven that it receives what is sent to it. If the table is full, the oldest address
  /// that no session has proven to be a key's is forgotten.
  mutating func register(_ endpoint: Endpoint, at now: Instant) {
    guard addresses[endpoint] == nil else { return addresses.update(endpoint) { $0.lastSeen = now } }
    if addresses.count >= limits.addresses {
      counters.drop(.tableFull)
      let keys = keys
      guard let oldest = addresses.forgetOldest(unless: { keys[$1.owned]?.isOwned(by: $0) == true }) else { return }
      cluster?.forgetHome(of: oldest)
    }
    addresses.add(endpoint, at: now)
    waiting.trust(endpoint)
    wheel.add(.address(endpoint), at: now.advanced(seconds: limits.addressSeconds))
  }
}
