/// State of a session that only the control thread needs, besides its two legs.
struct SessionRecord {
  /// State of a session number.
  enum State { case free, candidate, confirmed }

  var state = State.free
  /// Distinguishes a session from earlier ones with the same number.
  var generation: UInt32 = 0
  var initiator = Endpoint.none
  var responder = Endpoint.none
  /// Key of the initiator; 0 on an open relay.
  var initiatorKey: KeyID = 0
  /// Key of the responder; 0 on an open relay.
  var responderKey: KeyID = 0
  var group: GroupID = 0
  var initiatedAt = Instant.start
  var respondedAt = Instant.start
  var confirmedAt = Instant.start
  var deadline = Instant.start

  /// Address of the end that sends on a leg of the session.
  subscript(leg: LegID) -> Endpoint {
    get { leg & 1 == 0 ? initiator : responder }
    set { if leg & 1 == 0 { initiator = newValue } else { responder = newValue } }
  }

  /// Both keys, regardless of which initiated; nil on an open relay.
  var pair: KeyPair? {
    initiatorKey == 0 ? nil : UInt64(min(initiatorKey, responderKey)) << 32 | UInt64(max(initiatorKey, responderKey))
  }
}

/// Two keys packed into one number, the smaller one in the upper half.
typealias KeyPair = UInt64

/// Location and counters of a key.
struct KeyState {
  /// An address that sessions have proven to be the key's.
  struct Owner: Equatable {
    var endpoint: Endpoint
    var since: Instant
    var lastConfirmed: Instant
  }

  /// Progress of asking the key's group, by sources that do not know where the key is.
  struct Search {
    /// When the whole group may be asked again.
    var next = Instant.start
    /// Seconds between the last two rounds.
    var pause: UInt64 = 0
    /// Members of the group asked so far, as a count of joins.
    var asked: UInt64 = 0
  }

  /// Addresses that sessions have proven for the key, the latest first.
  var owners: [Owner] = []
  /// The latest owner's address, kept after the owner expires.
  var endpoint = Endpoint.none
  /// When an owner last answered any source.
  var answeredAt: Instant?
  /// Addresses that send data under the key from elsewhere.
  var movers: [Mover] = []
  /// Searches on behalf of members and of newcomers, so that neither waits for the other.
  var searches = [Search(), Search()]
  /// Number of returns to an earlier address in a row, and time of the last one.
  var returns = 0
  var returnedAt = Instant.start
  var handshakes: UInt64 = 0
  var lastHandshake: Instant?
  /// Nanoseconds from initiation to confirmation of the last handshake.
  var handshakeTime: UInt64?
  /// Round-trip time between relay and peer in nanoseconds, from the last handshake.
  var pathTime: UInt64?
  /// Traffic of sessions that have ended.
  var receivedBytes: UInt64 = 0
  var receivedPackets: UInt64 = 0
  var sentBytes: UInt64 = 0
  var sentPackets: UInt64 = 0
  /// Budgets for initiations for the key from strangers and from newcomers.
  var strangers: TokenBucket?
  var newcomers: TokenBucket?

  /// Puts `endpoint` first and removes owners without a confirmation for `lifetime` seconds.
  ///
  /// If there are too many, the eldest owner stays, so that an attacker cannot hide a key behind addresses of their
  /// own.
  ///
  /// - Returns: Whether the key returned to an address that it had left.
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

  /// Returns whether an address is one of the owners.
  func isOwned(by endpoint: Endpoint) -> Bool { owners.contains { $0.endpoint == endpoint } }
}
