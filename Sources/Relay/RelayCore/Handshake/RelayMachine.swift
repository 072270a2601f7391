/// A message for the server to send.
package struct Transmission: Sendable, Equatable {
  package let to: Endpoint
  package let bytes: [UInt8]
  /// DSCP and ECN: of what is passed on, those with which it came.
  package var trafficClass: UInt32 = 0
}

/// Something an operator may want to read about.
package enum RelayNotice: Sendable, Equatable {
  case handshake(initiator: String, responder: String, milliseconds: UInt64)
  case refused(DropReason, source: Endpoint)
  case moved(key: String, from: Endpoint, to: Endpoint)
  case movedBack(key: String, to: Endpoint)
  case fallback(key: String)
  /// Nobody answers this source, while the key's peer answers others.
  case askerIgnored(key: String, source: Endpoint)
  /// A key is seen at two addresses in turn.
  case contested(key: String, at: Endpoint, and: Endpoint)
  case revoked(keys: Int, sessions: Int)
}

/// Everything that a relay decides: whom handshakes go to, which sessions there are, and where their ends are.
///
/// It does no input or output and reads no clock: messages and events of the data path go in, messages to send come out,
/// and the session table that workers read is changed. One thread calls it.
package struct RelayMachine: ~Copyable {
  package internal(set) var limits: RelayLimits
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

  /// DSCP and ECN of the message at hand.
  private var trafficClass: UInt32 = 0
  var directory = KeyDirectory()
  var keys: [KeyID: KeyState] = [:]
  var addresses = AddressBook()
  var cookies: CookieJar
  var pending: PendingInitiations
  var sessions: [SessionRecord] = []
  var freeSessions: [SessionID] = []
  var candidateCount = 0
  var confirmedCount = 0
  /// Responses that wait for their initiator, in the order of their coming, with gaps.
  var candidateLine: [(id: SessionID, generation: UInt32)] = []
  var candidateHead = 0
  /// Confirmed sessions of two keys.
  var sessionsOfPair: [KeyPair: Int] = [:]
  /// Where the look for a session that can go ended last.
  var evictionHand = 0
  /// Addresses that try to move a leg.
  var roaming: [LegID: [RoamingCandidate]] = [:]
  var roamingCount = 0
  var roamingPerGroup: [GroupID: Int] = [:]
  /// Legs whose ends have moved.
  var departures: [LegID: Departure] = [:]
  /// Who is asking for which key, and since when without success.
  var attempts: [AttemptKey: Attempt] = [:]
  /// Strangers that asked lately, and when.
  var strangerTries: BoundedMemory<AttemptKey, Instant>

  var window = HandshakeWindow()

  var budgets: HandshakeBudgets
  var sourceBroadcasts: [Endpoint: TokenBucket] = [:]
  var broadcastsPerSource: RelayLimits.Rate

  var wheel: ExpiryWheel<Expiring>
  package internal(set) var initiations: UInt64 = 0
  package internal(set) var responses: UInt64 = 0
  package internal(set) var handshakes: UInt64 = 0

  struct AttemptKey: Hashable, Sendable {
    let source: Endpoint
    let key: KeyID
  }

  struct Attempt {
    var since: Instant
    var lastTry: Instant
    var bucket: TokenBucket
    /// Tries since whose last one the key's peer has answered others.
    var passedOver = 0
    /// Whether it was said that the asker is ignored.
    var isReported = false
  }

  enum Expiring: Sendable {
    case session(SessionID, generation: UInt32)
    case address(Endpoint)
    case attempt(AttemptKey)
    case prefix(HandshakeBudgets.Network)
    case broadcaster(Endpoint)
    case roaming(LegID, UInt32)
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
    strangerTries = BoundedMemory(capacity: limits.pendingInitiations)
    budgets = HandshakeBudgets(limits, at: now)
    broadcastsPerSource = limits.broadcastsPerSource
    wheel = ExpiryWheel(at: now)
  }

  /// Takes what a worker passed on.
  package mutating func receive(_ event: DataPathEvent) {
    switch event.kind {
    case .handshake:
      guard let message = HandshakeMessage(event.message) else { return counters.drop(.malformed) }
      receive(message, from: event.source, trafficClass: event.length, at: event.at)
    case .confirmed: confirm(event.leg.session, at: event.at)
    case .moved: considerMove(event)
    case .late: considerLate(event)
    }
  }

  /// Takes a handshake message.
  package mutating func receive(
    _ message: HandshakeMessage, from source: Endpoint, trafficClass: UInt32 = 0, at now: Instant
  ) {
    self.trafficClass = trafficClass
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
    tidyCandidateLine()
    for element in wheel.takeDue(by: now) {
      if let deadline = expire(element, at: now) { wheel.add(element, at: deadline) }
    }
  }

  /// Puts other rates in force, from now on.
  package mutating func setRates(_ rates: RelayLimits) {
    limits.takeRates(of: rates)
  }

  /// Seconds after which an asker that tries again begins a new attempt: WireGuard tries every five.
  static let attemptPauseSeconds: UInt64 = 20

  /// Tries after which an asker that is passed over counts as ignored.
  static let triesPassedOver = 3

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

  /// Passes on the message at hand.
  mutating func forward(_ bytes: [UInt8], to endpoint: Endpoint) {
    outbox.append(Transmission(to: endpoint, bytes: bytes, trafficClass: trafficClass))
  }

  func name(of key: KeyID) -> String { directory[key]?.key.name ?? "(open)" }

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
    case .attempt(let key):
      guard let attempt = attempts[key] else { return nil }
      let deadline = attempt.lastTry.advanced(seconds: Self.attemptPauseSeconds)
      if now < deadline { return deadline }
      attempts[key] = nil
    case .prefix(let network):
      return budgets.forget(network, limits, at: now) ? nil : now.advanced(seconds: 10)
    case .broadcaster(let source):
      guard let bucket = sourceBroadcasts[source] else { return nil }
      guard bucket.isFull(broadcastsPerSource, at: now) else { return now.advanced(seconds: 10) }
      sourceBroadcasts[source] = nil
    case .roaming(let leg, let generation): return expireCandidates(of: leg, generation, at: now)
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
