/// A message for the server to send.
package struct Transmission: Sendable, Equatable {
  package let to: Endpoint
  package let bytes: [UInt8]
}

/// Something an operator may want to read about.
package enum RelayNotice: Sendable, Equatable {
  case handshake(initiator: String, responder: String, milliseconds: UInt64)
  case refused(DropReason, source: Endpoint)
  case moved(key: String, from: Endpoint, to: Endpoint)
  case movedBack(key: String, to: Endpoint)
  case fallback(key: String)
  case revoked(keys: Int, sessions: Int)
}

/// Everything that a relay decides: whom handshakes go to, which sessions there are, and where their ends are.
///
/// It does no input or output and reads no clock: messages and events of the data path go in, messages to send come out,
/// and the session table that workers read is changed. One thread calls it.
package struct RelayMachine: ~Copyable {
  package let limits: RelayLimits
  package let table: SessionTable
  /// Of this thread.
  package let counters: CounterBlock
  /// Whether there is no allowlist: anyone may use the relay, nothing is validated.
  package let isOpen: Bool
  let random: (Int) -> [UInt8]

  /// What to send, in order. The caller takes it away.
  package var outbox: [Transmission] = []
  /// What to tell. The caller takes it away.
  package var notices: [RelayNotice] = []

  var directory = KeyDirectory()
  var keys: [KeyID: KeyState] = [:]
  var addresses = AddressBook()
  var cookies: CookieJar
  var pending: PendingInitiations
  var sessions: [SessionRecord] = []
  var freeSessions: [SessionID] = []
  var candidateCount = 0
  var confirmedCount = 0
  var roaming: [RoamingKey: RoamingCandidate] = [:]
  /// Who is asking for which key, and since when without success.
  var attempts: [Endpoint: Attempt] = [:]

  var prefixBuckets: [UInt64: TokenBucket] = [:]
  var sourceBroadcasts: [Endpoint: TokenBucket] = [:]
  var totalBucket: TokenBucket
  var broadcastBucket: TokenBucket
  var fallbackBucket: TokenBucket
  var broadcastsPerSource: RelayLimits.Rate

  var wheel: ExpiryWheel<Expiring>
  package internal(set) var initiations: UInt64 = 0
  package internal(set) var responses: UInt64 = 0
  package internal(set) var handshakes: UInt64 = 0

  struct Attempt {
    var key: KeyID
    var since: Instant
  }

  enum Expiring: Sendable {
    case session(SessionID, generation: UInt32)
    case address(Endpoint)
    case attempt(Endpoint)
    case prefix(UInt64)
    case broadcaster(Endpoint)
    case roaming(RoamingKey)
  }

  /// - Parameters:
  ///   - random: makes so many bytes that nobody can guess.
  ///   - isOpen: takes every handshake, for relays without an allowlist.
  package init(
    limits: RelayLimits, table: SessionTable, counters: CounterBlock, isOpen: Bool, at now: Instant,
    random: @escaping (Int) -> [UInt8]
  ) {
    self.limits = limits
    self.table = table
    self.counters = counters
    self.isOpen = isOpen
    self.random = random
    cookies = CookieJar(secret: random(32), at: now)
    pending = PendingInitiations(capacity: limits.pendingInitiations, perIndex: limits.initiationsPerIndex)
    totalBucket = TokenBucket(limits.totalRate, at: now)
    broadcastBucket = TokenBucket(limits.broadcastCopies, at: now)
    fallbackBucket = TokenBucket(limits.fallbackCopies, at: now)
    broadcastsPerSource = limits.broadcastsPerSource
    wheel = ExpiryWheel(at: now)
  }

  /// Takes what a worker passed on.
  package mutating func receive(_ event: DataPathEvent) {
    switch event.kind {
    case .handshake:
      guard let message = HandshakeMessage(event.message) else { return counters.drop(.malformed) }
      receive(message, from: event.source, at: event.at)
    case .confirmed: confirm(event.leg.session, at: event.at)
    case .moved: considerMove(event)
    case .refusedMove: considerReturn(event)
    }
  }

  /// Takes a handshake message.
  package mutating func receive(_ message: HandshakeMessage, from source: Endpoint, at now: Instant) {
    guard takeSourceToken(source, at: now) else { return drop(.sourceRate, source) }
    guard totalBucket.take(limits.totalRate, at: now) else { return drop(.totalRate, source) }
    switch message.kind {
    case .initiation: receiveInitiation(message, from: source, at: now)
    case .response: receiveResponse(message, from: source, at: now)
    case .cookieReply: receiveCookieReply(message, from: source)
    }
  }

  /// Does what time brings: expiry and new cookie secrets. Called about once a second.
  package mutating func advance(to now: Instant) {
    cookies.rotate(at: now, random)
    let patience = limits.handshakeSeconds * 1_000_000_000
    pending.expire(before: Instant(nanoseconds: now.nanoseconds > patience ? now.nanoseconds - patience : 0))
    for element in wheel.takeDue(by: now) {
      if let deadline = expire(element, at: now) { wheel.add(element, at: deadline) }
    }
  }

  /// Broadcasts a second that one address may cause.
  package mutating func setBroadcastRate(_ perSecond: UInt32?) {
    broadcastsPerSource =
      perSecond.map {
        RelayLimits.Rate(perSecond: $0, burst: max($0, $0.multipliedReportingOverflow(by: 2).partialValue))
      }
      ?? limits.broadcastsPerSource
  }

  mutating func drop(_ reason: DropReason, _ source: Endpoint) {
    counters.drop(reason)
    if notices.count < 64 { notices.append(.refused(reason, source: source)) }
  }

  mutating func send(_ bytes: [UInt8], to endpoint: Endpoint) {
    outbox.append(Transmission(to: endpoint, bytes: bytes))
  }

  func name(of key: KeyID) -> String { directory[key]?.key.name ?? "(open)" }

  private mutating func takeSourceToken(_ source: Endpoint, at now: Instant) -> Bool {
    let prefix = source.sourcePrefix
    if prefixBuckets[prefix] == nil {
      // Where the table is full, networks without a bucket share the total's.
      guard prefixBuckets.count < limits.sourcePrefixes else { return true }
      prefixBuckets[prefix] = TokenBucket(limits.sourceRate, at: now)
      wheel.add(.prefix(prefix), at: now.advanced(seconds: 10))
    }
    return prefixBuckets[prefix]?.take(limits.sourceRate, at: now) ?? true
  }

  mutating func takeBroadcastToken(_ source: Endpoint, at now: Instant) -> Bool {
    if sourceBroadcasts[source] == nil {
      guard sourceBroadcasts.count < limits.addresses else { return false }
      sourceBroadcasts[source] = TokenBucket(broadcastsPerSource, at: now)
      wheel.add(.broadcaster(source), at: now.advanced(seconds: 10))
    }
    return sourceBroadcasts[source]?.take(broadcastsPerSource, at: now) ?? false
  }

  private mutating func expire(_ element: Expiring, at now: Instant) -> Instant? {
    switch element {
    case .session(let id, let generation): return expireSession(id, generation, at: now)
    case .address(let endpoint): return expireAddress(endpoint, at: now)
    case .attempt(let endpoint):
      guard let attempt = attempts[endpoint] else { return nil }
      let deadline = attempt.since.advanced(seconds: WireGuard.rekeyAttempt)
      if now < deadline { return deadline }
      attempts[endpoint] = nil
    case .prefix(let prefix):
      guard let bucket = prefixBuckets[prefix] else { return nil }
      guard bucket.isFull(limits.sourceRate, at: now) else { return now.advanced(seconds: 10) }
      prefixBuckets[prefix] = nil
    case .broadcaster(let source):
      guard let bucket = sourceBroadcasts[source] else { return nil }
      guard bucket.isFull(broadcastsPerSource, at: now) else { return now.advanced(seconds: 10) }
      sourceBroadcasts[source] = nil
    case .roaming(let key):
      guard let candidate = roaming[key] else { return nil }
      let deadline = candidate.lastSeen.advanced(seconds: limits.handshakeSeconds)
      if now < deadline { return deadline }
      roaming[key] = nil
    }
    return nil
  }

  private mutating func expireAddress(_ endpoint: Endpoint, at now: Instant) -> Instant? {
    guard let entry = addresses[endpoint] else { return nil }
    let deadline = entry.lastSeen.advanced(seconds: limits.addressSeconds)
    if now < deadline { return deadline }
    addresses.remove(endpoint)
    return nil
  }
}
