extension RelayMachine {
  /// Section 5.4.2: whom an initiation is for, and who gets it.
  mutating func receiveInitiation(_ received: HandshakeMessage, from source: Endpoint, at now: Instant) {
    var message = received
    let known = addresses[source]
    // The proof needs no key: it comes before every budget, so that nobody can use up what the proven may have.
    let proven = isOpen || cookies.proves(message, from: source)
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
        // Whoever is there can show it, and then has a budget that nobody else takes from.
        if !proven, budgets.takeChallenge(limits, at: now) { challenge(message, key, source) }
        return drop(isOverOwn ? .sourceRate : .keyRate, source)
      }
      if proven { message.clearMAC2() }
    }
    if proven { register(source, at: now) }
    let trusted = addresses[source] != nil
    if trusted {
      addresses.join(source, group)
      addresses.update(source) {
        $0.lastSeen = now
        $0.lastAddressed = key
      }
    }
    guard let targets = targets(for: message, key, group, from: source, standing, trusted: trusted, at: now) else {
      return
    }
    let kept = pending.insert(
      PendingInitiation(
        source: source, sender: message.sender, key: key, group: group, isTrusted: trusted, sentAt: now,
        targets: targets.owners, wentToGroup: !targets.others.isEmpty))
    guard kept else { return drop(.tableFull, source) }
    initiations += 1
    if trusted { window.note(AttemptKey(source: source, key: key), made: false, at: now) }
    for endpoint in targets.owners { forward(message.bytes, to: endpoint) }
    for endpoint in targets.others { forward(message.bytes, to: endpoint) }
  }

  private func standing(of source: Endpoint, _ known: AddressBook.Entry?, proven: Bool) -> Standing {
    guard !isOpen else { return .stranger }
    guard let known else { return proven ? .newcomer : .stranger }
    return known.owned != 0 && keys[known.owned]?.isOwned(by: source) == true ? .member : .newcomer
  }

  /// - Returns: Nil if the initiation may pass; `challenged` if it may once it is proven.
  private mutating func takeBudget(
    _ standing: Standing, from source: Endpoint, proven: Bool, at now: Instant
  ) -> DropReason? {
    if standing == .member {
      // An address can be forged, a proof cannot: each has a bucket.
      let rate = limits.memberRate
      var isLeft = false
      addresses.update(source) { entry in
        var bucket = (proven ? entry.provenBucket : entry.bucket) ?? TokenBucket(rate, at: now)
        isLeft = bucket.take(rate, at: now)
        if proven { entry.provenBucket = bucket } else { entry.bucket = bucket }
      }
      return isLeft ? nil : proven ? .sourceRate : .challenged
    }
    var isNew = false
    // Finding the key costs as much as there are keys.
    let reason = budgets.take(
      standing, from: source, cost: 1 + UInt64(directory.count / 1_000), limits, at: now, isNew: &isNew)
    if isNew {
      let network = HandshakeBudgets.Network(prefix: source.sourcePrefix, isNewcomer: standing == .newcomer)
      wheel.add(.prefix(network), at: now.advanced(seconds: 10))
    }
    return reason
  }

  private mutating func takeKeyToken(_ key: KeyID, _ standing: Standing, from source: Endpoint, at now: Instant) -> Bool
  {
    switch standing {
    case .stranger:
      var bucket = keys[key]?.strangers ?? TokenBucket(limits.keyRate, at: now)
      defer { keys[key, default: KeyState()].strangers = bucket }
      return bucket.take(limits.keyRate, at: now)
    case .newcomer:
      guard takeAttempt(key, from: source, at: now) else { return false }
      var bucket = keys[key]?.newcomers ?? TokenBucket(limits.newcomerKeyRate, at: now)
      defer { keys[key, default: KeyState()].newcomers = bucket }
      return bucket.take(limits.newcomerKeyRate, at: now)
    case .member: return takeAttempt(key, from: source, at: now)
    }
  }

  /// Notes that a known address asks for a key.
  ///
  /// - Returns: False if it asks far more often than a peer does.
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

  /// Who gets an initiation: addresses that it goes to by themselves, and others of the group.
  private struct Targets {
    var owners: [Endpoint]
    var others: [Endpoint] = []
  }

  /// - Returns: Nil if it goes to nobody, which then is counted.
  private mutating func targets(
    for message: HandshakeMessage, _ key: KeyID, _ group: GroupID, from source: Endpoint, _ standing: Standing,
    trusted: Bool, at now: Instant
  ) -> Targets? {
    let owners = keys[key]?.owners.map(\.endpoint).filter { $0 != source } ?? []
    guard trusted else { return targetsOfStranger(message, key, group, owners, from: source, at: now) }
    // Whatever is left of any budget: where the key was last seen is always asked.
    var targets = Targets(owners: owners + freshMovers(of: key, besides: owners + [source], message, at: now))
    let isSilent = silence(of: key, for: source, at: now) >= limits.ownerPatienceSeconds * 1_000_000_000
    guard owners.isEmpty || isSilent || isIgnored(key, source) else { return targets }
    targets.others = askGroup(group, for: key, from: source, standing, besides: targets.owners, at: now) ?? []
    if !targets.owners.isEmpty || !targets.others.isEmpty {
      if isSilent, !owners.isEmpty, !targets.others.isEmpty { notices.append(.fallback(key: name(of: key))) }
      return targets
    }
    drop(addresses.members(of: group).contains { $0 != source } ? .broadcastRate : .noTarget, source)
    return nil
  }

  /// An address that may be forged causes one copy at most, and gets fewer bytes than it sent.
  private mutating func targetsOfStranger(
    _ message: HandshakeMessage, _ key: KeyID, _ group: GroupID, _ owners: [Endpoint], from source: Endpoint,
    at now: Instant
  ) -> Targets? {
    let place = AttemptKey(source: source, key: key)
    if let owner = owners.first {
      // Nobody has answered the last time: it may go on only as a known address, which more than the owner hear of.
      let last = strangerTries[place]
      strangerTries.remember(place, now)
      if let last, now.since(last) < WireGuard.rekeyAttempt * 1_000_000_000 { challenge(message, key, source) }
      return Targets(owners: [owner])
    }
    challenge(message, key, source)
    let members = addresses.members(of: group)
    if members.count == 1, let only = members.first { return Targets(owners: [only]) }
    drop(.challenged, source)
    return nil
  }

  /// Addresses that send data in the key's name from elsewhere, and have earned an initiation's bytes by it.
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

  /// Nanoseconds for which the key's owners have answered neither this source nor anybody else.
  private func silence(of key: KeyID, for source: Endpoint, at now: Instant) -> UInt64 {
    guard let attempt = attempts[AttemptKey(source: source, key: key)] else { return 0 }
    return now.since(max(attempt.since, keys[key]?.answeredAt ?? .start))
  }

  /// Whether the key's peer answers others and not this source, time after time. It is said once, because then the asker
  /// is the one to look at.
  private mutating func isIgnored(_ key: KeyID, _ source: Endpoint) -> Bool {
    let place = AttemptKey(source: source, key: key)
    guard let attempt = attempts[place], attempt.passedOver >= Self.triesPassedOver else { return false }
    if !attempt.isReported {
      attempts[place]?.isReported = true
      notices.append(.askerIgnored(key: name(of: key), source: source))
    }
    return true
  }

  /// Members of a group that are asked for a key which nobody answers for: all of them from time to time, and whoever
  /// joined since.
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
    endpoints.removeAll { $0 == source || asked.contains($0) }
    guard !endpoints.isEmpty else {
      if !isRound { keys[key, default: KeyState()].searches[standing == .member ? 0 : 1] = search }
      return []
    }
    guard takeBroadcastToken(source, at: now),
      budgets.takeCopies(endpoints.count, to: group, isFirst: asked.isEmpty, limits, at: now)
    else { return nil }
    if isRound, !isSmall {
      search.pause = min(limits.longestRoundSeconds, max(limits.roundSeconds, search.pause * 2))
      search.next = now.advanced(seconds: search.pause)
    }
    if key != 0 { keys[key, default: KeyState()].searches[standing == .member ? 0 : 1] = search }
    return endpoints
  }

  /// Asks an unknown address to show that it receives there: 64 bytes for its 148.
  private mutating func challenge(_ message: HandshakeMessage, _ key: KeyID, _ source: Endpoint) {
    guard let cookieKey = directory[key]?.cookieKey,
      let reply = cookies.reply(to: message, from: source, cookieKey: cookieKey, nonce: random(24))
    else { return }
    outbox.append(Transmission(to: source, bytes: reply))
  }

  /// Remembers an address that has shown that it receives what is sent to it. In a full table, the oldest that no session
  /// has shown to be a key's gives way.
  mutating func register(_ endpoint: Endpoint, at now: Instant) {
    guard addresses[endpoint] == nil else { return addresses.update(endpoint) { $0.lastSeen = now } }
    if addresses.count >= limits.addresses {
      counters.drop(.tableFull)
      let keys = keys
      guard addresses.forgetOldest(unless: { keys[$1.owned]?.isOwned(by: $0) == true }) else { return }
    }
    addresses.add(endpoint, at: now)
    wheel.add(.address(endpoint), at: now.advanced(seconds: limits.addressSeconds))
  }
}
