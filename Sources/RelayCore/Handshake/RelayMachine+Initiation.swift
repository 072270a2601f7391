extension RelayMachine {
  /// Section 5.4.2: whom an initiation is for, and who gets it.
  mutating func receiveInitiation(_ received: HandshakeMessage, from source: Endpoint, at now: Instant) {
    var message = received
    var key: KeyID = 0
    var group: GroupID = 0
    if !isOpen {
      let known = addresses[source]
      guard let match = directory.match(message, hints: [known?.lastAddressed, known?.owned].compactMap { $0 }),
        let entry = directory[match]
      else { return drop(.notAllowed, source) }
      key = match
      group = entry.group
      guard takeKeyToken(key, at: now) else { return drop(.keyRate, source) }
    }
    let proven = isOpen || cookies.proves(message, from: source)
    if proven, !isOpen { message.clearMAC2() }
    if proven { register(source, at: now) }
    let trusted = addresses[source] != nil
    if trusted {
      addresses.join(source, group)
      addresses.update(source) {
        $0.lastSeen = now
        $0.lastAddressed = key
      }
    }
    guard let targets = targets(for: message, key, group, from: source, trusted: trusted, at: now) else { return }
    let kept = pending.insert(
      PendingInitiation(
        source: source, sender: message.sender, key: key, group: group, isTrusted: trusted, sentAt: now,
        targets: targets.isBroadcast ? [] : targets.endpoints))
    guard kept else { return drop(.tableFull, source) }
    initiations += 1
    for endpoint in targets.endpoints { send(message.bytes, to: endpoint) }
  }

  private struct Targets {
    let endpoints: [Endpoint]
    let isBroadcast: Bool
  }

  /// - Returns: Nil where it goes to nobody, which then is counted.
  private mutating func targets(
    for message: HandshakeMessage, _ key: KeyID, _ group: GroupID, from source: Endpoint, trusted: Bool, at now: Instant
  ) -> Targets? {
    let owners = keys[key]?.owners.map(\.endpoint).filter { $0 != source } ?? []
    let waited = attempts[source].map { $0.key == key ? now.since($0.since) : 0 } ?? 0
    let unanswered = waited >= limits.ownerPatienceSeconds * 1_000_000_000
    if !owners.isEmpty, !unanswered {
      noteAttempt(source, key, at: now)
      return Targets(endpoints: trusted ? owners : Array(owners.prefix(1)), isBroadcast: false)
    }
    let everybody = addresses.members(of: group).filter { $0 != source } + owners.filter { addresses[$0] == nil }
    guard everybody.count != 1 else {
      noteAttempt(source, key, at: now)
      // One copy needs no proof, but whoever is not known yet must become so: the only other address may be a dead one.
      if !trusted { challenge(message, key, source) }
      return Targets(endpoints: everybody, isBroadcast: false)
    }
    guard trusted else {
      challenge(message, key, source)
      drop(.challenged, source)
      return nil
    }
    noteAttempt(source, key, at: now)
    guard !everybody.isEmpty else {
      drop(.noTarget, source)
      return nil
    }
    guard takeBroadcastToken(source, at: now) else {
      drop(.broadcastRate, source)
      return nil
    }
    let copies = UInt64(everybody.count)
    // A group larger than the whole budget spends all of it.
    if owners.isEmpty {
      let rate = limits.broadcastCopies
      guard broadcastBucket.take(rate, count: min(copies, UInt64(rate.burst)), at: now) else {
        drop(.broadcastRate, source)
        return nil
      }
    } else {
      let rate = limits.fallbackCopies
      guard fallbackBucket.take(rate, count: min(copies, UInt64(rate.burst)), at: now) else {
        drop(.broadcastRate, source)
        return nil
      }
      notices.append(.fallback(key: name(of: key)))
    }
    return Targets(endpoints: everybody, isBroadcast: true)
  }

  /// Asks an unknown address to show that it receives there: 64 bytes for its 148.
  private mutating func challenge(_ message: HandshakeMessage, _ key: KeyID, _ source: Endpoint) {
    guard let cookieKey = directory[key]?.cookieKey,
      let reply = cookies.reply(to: message, from: source, cookieKey: cookieKey, nonce: random(24))
    else { return }
    send(reply, to: source)
  }

  private mutating func noteAttempt(_ source: Endpoint, _ key: KeyID, at now: Instant) {
    if let attempt = attempts[source], attempt.key == key { return }
    guard attempts[source] != nil || attempts.count < limits.addresses else { return }
    if attempts[source] == nil { wheel.add(.attempt(source), at: now.advanced(seconds: WireGuard.rekeyAttempt)) }
    attempts[source] = Attempt(key: key, since: now)
  }

  private mutating func takeKeyToken(_ key: KeyID, at now: Instant) -> Bool {
    var state = keys[key] ?? KeyState()
    var bucket = state.bucket ?? TokenBucket(limits.keyRate, at: now)
    let taken = bucket.take(limits.keyRate, at: now)
    state.bucket = bucket
    keys[key] = state
    return taken
  }

  /// Remembers an address that has shown that it receives what is sent to it.
  mutating func register(_ endpoint: Endpoint, at now: Instant) {
    guard addresses[endpoint] == nil else { return addresses.update(endpoint) { $0.lastSeen = now } }
    guard addresses.count < limits.addresses else { return counters.drop(.tableFull) }
    addresses.add(endpoint, at: now)
    wheel.add(.address(endpoint), at: now.advanced(seconds: limits.addressSeconds))
  }
}
