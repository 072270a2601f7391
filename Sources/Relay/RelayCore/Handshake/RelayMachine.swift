/// The relay's decisions: where handshakes go, which sessions exist, and where their ends are.
///
/// It does no I/O and reads no clock: messages and data path events go in, messages to send come out, and it updates
/// the session table that workers read. Call it from one thread only.
package struct RelayMachine: ~Copyable {
  /// Limits in force.
  package internal(set) var limits: RelayLimits
  /// Session table that the workers read.
  package let table: SessionTable
  /// Counters of the control thread.
  package let counters: CounterBlock
  /// Whether there is no allowlist: anyone may use the relay, and nothing is validated.
  package let isOpen: Bool
  /// Source of cryptographically secure random bytes.
  let random: (Int) -> [UInt8]

  /// Messages to send, in order. The caller empties it.
  package var outbox: [Transmission] = []
  /// Messages to other members of the cluster, in order. The caller empties it.
  var clusterOutbox: [(to: Endpoint, message: ClusterMessage)] = []
  /// Greetings for the server to send from the relay's own port.
  var greetingOutbox: [(to: Endpoint, greeting: MemberPaths.Greeting)] = []
  /// The cluster that the relay is a member of; nil if it is alone.
  var cluster: ClusterState?
  /// When the message or event being handled came.
  var clock: Instant
  /// Notices to log. The caller empties it.
  package var notices: [RelayNotice] = []

  /// Traffic class (DSCP and ECN) of the message being handled.
  private(set) var trafficClass: UInt32 = 0
  var directory = KeyDirectory()
  var keys: [KeyID: KeyState] = [:]
  var addresses = AddressBook()
  var cookies: CookieJar
  var pending: PendingInitiations
  /// Initiations for keys that are nowhere yet.
  var waiting: WaitingInitiations
  /// Those that wait at other members of the cluster.
  var distant: WaitingInitiations
  var sessions: [SessionRecord] = []
  var freeSessions: [SessionID] = []
  var candidateCount = 0
  var confirmedCount = 0
  /// Candidates in order of arrival, with gaps.
  var candidateLine: [(id: SessionID, generation: UInt32)] = []
  var candidateHead = 0
  /// Number of confirmed sessions per pair of keys.
  var sessionsOfPair: [KeyPair: Int] = [:]
  /// Position in `sessions` at which the last search for an evictable session ended.
  var evictionHand = 0
  /// Whether only handshakes move the ends of sessions to other addresses.
  package var isRoamingStrict = false
  /// Addresses that are trying to move a leg.
  var roaming: [LegID: [RoamingCandidate]] = [:]
  var roamingCount = 0
  var roamingPerGroup: [GroupID: Int] = [:]
  /// Legs whose ends have moved, with the earlier address.
  var departures: [LegID: Departure] = [:]
  /// Unsuccessful attempts, by asking address and key.
  var attempts: [AttemptKey: Attempt] = [:]
  /// Strangers that sent an initiation recently.
  var strangerTries: BoundedMemory<AttemptKey, StrangerTry>

  var window = HandshakeWindow()

  var budgets: HandshakeBudgets
  var sourceBroadcasts: [Endpoint: TokenBucket] = [:]
  var broadcastsPerSource: RelayLimits.Rate

  var wheel: ExpiryWheel<Expiring>
  /// Initiations forwarded.
  package internal(set) var initiations: UInt64 = 0
  /// Responses forwarded.
  package internal(set) var responses: UInt64 = 0
  /// Handshakes completed.
  package internal(set) var handshakes: UInt64 = 0

  /// An address and the key that it asks for.
  struct AttemptKey: Hashable, Sendable {
    let source: Endpoint
    let key: KeyID
  }

  /// Unsuccessful attempts of an address to reach a key.
  struct Attempt {
    var since: Instant
    var lastTry: Instant
    var bucket: TokenBucket
    /// Tries between which the key's peer answered others.
    var passedOver = 0
    /// Whether the notice that the asker is ignored was sent.
    var isReported = false
  }

  /// The last attempt of an address that has proven nothing to reach a key.
  struct StrangerTry {
    let at: Instant
    /// Bytes that the address sent, less those that it was sent or may still get as a response.
    let credit: Int64
  }

  /// State with an expiry time.
  enum Expiring: Sendable {
    case session(SessionID, generation: UInt32)
    case address(Endpoint)
    case attempt(AttemptKey)
    case prefix(HandshakeBudgets.Network)
    case broadcaster(Endpoint)
    case roaming(LegID, UInt32)
  }

  /// Creates a relay without keys or sessions.
  ///
  /// - Parameters:
  ///   - limits: Limits and rates.
  ///   - table: Session table that the workers read.
  ///   - counters: Counters of the calling thread.
  ///   - isOpen: Whether to forward every handshake, for relays without an allowlist.
  ///   - now: The relay's clock.
  ///   - random: Returns the given number of cryptographically secure random bytes.
  package init(
    limits: RelayLimits, table: SessionTable, counters: CounterBlock, isOpen: Bool, at now: Instant,
    random: @escaping (Int) -> [UInt8]
  ) {
    self.limits = limits
    self.table = table
    self.counters = counters
    self.isOpen = isOpen
    self.random = random
    clock = now
    cookies = CookieJar(secret: random(32), at: now)
    pending = PendingInitiations(capacity: limits.pendingInitiations, perIndex: limits.initiationsPerIndex)
    waiting = WaitingInitiations(capacity: limits.waitingInitiations, perGroup: limits.waitingInitiationsPerGroup)
    distant = waiting
    strangerTries = BoundedMemory(capacity: limits.pendingInitiations)
    budgets = HandshakeBudgets(limits, at: now)
    broadcastsPerSource = limits.broadcastsPerSource
    wheel = ExpiryWheel(at: now)
  }

  /// Handles an event from a worker.
  package mutating func receive(_ event: DataPathEvent) {
    clock = max(clock, event.at)
    switch event.kind {
    case .handshake:
      guard let message = HandshakeMessage(event.message) else { return counters.drop(.malformed) }
      receive(message, from: event.source, trafficClass: event.length, at: event.at)
    case .confirmed: confirm(event.leg.session, at: event.at)
    case .moved: considerMove(event)
    case .late: considerLate(event)
    case .greeting: receiveGreeting(event.message, from: event.source, at: event.at)
    }
  }

  /// Handles a handshake message.
  package mutating func receive(
    _ message: HandshakeMessage, from source: Endpoint, trafficClass: UInt32 = 0, at now: Instant
  ) {
    self.trafficClass = trafficClass
    clock = max(clock, now)
    switch message.kind {
    case .initiation: receiveInitiation(message, from: source, at: now)
    case .response: receiveResponse(message, from: source, at: now)
    case .cookieReply: receiveCookieReply(message, from: source)
    }
  }

  /// Handles the passing of time: expiry and new cookie secrets. Call it about once a second.
  package mutating func advance(to now: Instant) {
    clock = max(clock, now)
    if cookies.rotate(at: now, random) { shareCookies(at: now) }
    endWaiting(at: now)
    let timeout = limits.handshakeSeconds * 1_000_000_000
    pending.expire(before: Instant(nanoseconds: now.nanoseconds > timeout ? now.nanoseconds - timeout : 0))
    tidyCandidateLine()
    let known = addresses
    cluster?.sweepHomes(at: now) { known[$0] != nil }
    for element in wheel.takeDue(by: now) {
      if let deadline = expire(element, at: now) { wheel.add(element, at: deadline) }
    }
  }

  /// Applies other rates from now on; sizes stay as they are.
  package mutating func setRates(_ rates: RelayLimits) {
    limits.takeRates(of: rates)
  }

  /// Seconds after which a repeated try counts as a new attempt: WireGuard retries every five.
  static let attemptPauseSeconds: UInt64 = 20

  /// Tries that are passed over after which the asker counts as ignored.
  static let triesPassedOver = 3

  /// Sets how many broadcasts per second one address may cause; nil restores the default.
  package mutating func setBroadcastRate(_ perSecond: UInt32?) {
    broadcastsPerSource =
      perSecond.map {
        RelayLimits.Rate(perSecond: $0, burst: max($0, $0.multipliedReportingOverflow(by: 2).partialValue))
      }
      ?? limits.broadcastsPerSource
  }

  /// Counts a dropped message and queues a notice; at most 64 notices wait at a time.
  mutating func drop(_ reason: DropReason, _ source: Endpoint) {
    counters.drop(reason)
    if notices.count < 64 { notices.append(.refused(reason, source: source)) }
  }

  /// Forwards the message being handled.
  ///
  /// - Parameter entrance: Member of the cluster that sends it; nil for the endpoint's home.
  mutating func forward(_ bytes: [UInt8], to endpoint: Endpoint, through entrance: MemberID? = nil) {
    deliver(bytes, trafficClass: trafficClass, to: endpoint, through: entrance)
  }

  func name(of key: KeyID) -> String { directory[key]?.key.name ?? "(open)" }

  /// Spends from the source's budget for broadcasts.
  mutating func takeBroadcastToken(_ source: Endpoint, at now: Instant) -> Bool {
    guard keepBroadcastBucket(of: source, at: now),
      sourceBroadcasts[source]?.take(broadcastsPerSource, at: now) == true
    else { return false }
    spend(.broadcasts(source))
    return true
  }

  /// Keeps a bucket for the broadcasts that an address causes.
  ///
  /// - Returns: False if too many addresses have one.
  mutating func keepBroadcastBucket(of source: Endpoint, at now: Instant) -> Bool {
    guard sourceBroadcasts[source] == nil else { return true }
    guard sourceBroadcasts.count < limits.addresses else { return false }
    sourceBroadcasts[source] = TokenBucket(broadcastsPerSource, at: now)
    wheel.add(.broadcaster(source), at: now.advanced(seconds: 10))
    return true
  }

  /// Expires an element.
  ///
  /// - Returns: When to check again; nil if it is gone.
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

  /// Forgets an address, and where it is at home.
  mutating func forgetAddress(_ endpoint: Endpoint) {
    addresses.remove(endpoint)
    cluster?.forgetHome(of: endpoint)
  }

  private mutating func expireAddress(_ endpoint: Endpoint, at now: Instant) -> Instant? {
    guard let entry = addresses[endpoint] else { return nil }
    let deadline = entry.lastSeen.advanced(seconds: limits.addressSeconds)
    if now < deadline { return deadline }
    forgetAddress(endpoint)
    return nil
  }
}
