/// What the control thread knows of a session besides its two legs.
struct SessionRecord {
  enum State { case free, candidate, confirmed }

  var state = State.free
  /// Tells a session from earlier ones of its number.
  var generation: UInt32 = 0
  var initiator = Endpoint.none
  var responder = Endpoint.none
  /// 0 on an open relay.
  var initiatorKey: KeyID = 0
  var responderKey: KeyID = 0
  var group: GroupID = 0
  var initiatedAt = Instant.start
  var respondedAt = Instant.start
  var confirmedAt = Instant.start
  var deadline = Instant.start

  /// Both keys, whoever asked; nil on an open relay.
  var pair: KeyPair? {
    initiatorKey == 0 ? nil : UInt64(min(initiatorKey, responderKey)) << 32 | UInt64(max(initiatorKey, responderKey))
  }
}

/// Two keys as one number.
typealias KeyPair = UInt64

/// What is counted for a key, and where it is.
struct KeyState {
  struct Owner: Equatable {
    var endpoint: Endpoint
    var since: Instant
    var lastConfirmed: Instant
  }

  /// How far a group has been asked for the key by those that do not know where it is.
  struct Search {
    /// When the whole group may be asked again.
    var next = Instant.start
    /// Seconds between the last two rounds.
    var pause: UInt64 = 0
    /// Members of the group that have been asked, in the order of their joining.
    var asked: UInt64 = 0
  }

  /// Where sessions have shown the key to be, the latest first.
  var owners: [Owner] = []
  var endpoint = Endpoint.none
  /// When an owner last answered anybody.
  var answeredAt: Instant?
  /// Addresses that send data in its name from elsewhere.
  var movers: [Mover] = []
  /// Of members, and of newcomers, so that neither waits for the other.
  var searches = [Search(), Search()]
  /// How often it came back to an address that it had just left, and when it did last.
  var returns = 0
  var returnedAt = Instant.start
  var handshakes: UInt64 = 0
  var lastHandshake: Instant?
  /// From initiation to confirmation, in nanoseconds.
  var handshakeTime: UInt64?
  /// From the relay to the peer and back, in nanoseconds.
  var pathTime: UInt64?
  /// Of sessions that have ended.
  var receivedBytes: UInt64 = 0
  var receivedPackets: UInt64 = 0
  var sentBytes: UInt64 = 0
  var sentPackets: UInt64 = 0
  /// Initiations for the key by addresses that have shown nothing, and by newcomers.
  var strangers: TokenBucket?
  var newcomers: TokenBucket?

  /// Puts `endpoint` first; owners that have shown nothing for `lifetime` seconds go. The one that has been there
  /// longest is not displaced by others, so that nobody can hide a key behind addresses of their own.
  ///
  /// - Returns: Whether the key came back to an address that it had left within a minute.
  mutating func own(_ endpoint: Endpoint, at now: Instant, limit: Int, lifetime: UInt64) -> Bool {
    let known = owners.first { $0.endpoint == endpoint }
    let isReturn = known != nil && owners.first?.endpoint != endpoint
    owners.removeAll { $0.endpoint == endpoint || now.since($0.lastConfirmed) > lifetime * 1_000_000_000 }
    owners.insert(Owner(endpoint: endpoint, since: known?.since ?? now, lastConfirmed: now), at: 0)
    while owners.count > limit {
      let eldest = owners.indices.min { owners[$0].since < owners[$1].since }
      guard let last = owners.indices.last(where: { $0 != eldest && $0 != 0 }) else { break }
      owners.remove(at: last)
    }
    self.endpoint = endpoint
    guard isReturn else { return false }
    returns = now.since(returnedAt) > 60_000_000_000 ? 1 : returns + 1
    returnedAt = now
    return true
  }

  func isOwned(by endpoint: Endpoint) -> Bool { owners.contains { $0.endpoint == endpoint } }
}
