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
  /// Where an end was before its data moved there; none where it did not.
  var initiatorBefore = Endpoint.none
  var responderBefore = Endpoint.none
}

/// What is counted for a key, and where it is.
struct KeyState {
  struct Owner: Equatable {
    var endpoint: Endpoint
    var lastConfirmed: Instant
  }

  /// Where sessions have shown the key to be, the latest first.
  var owners: [Owner] = []
  var endpoint = Endpoint.none
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
  var bucket: TokenBucket?

  /// Puts `endpoint` first; owners that have shown nothing for `lifetime` seconds go.
  mutating func own(_ endpoint: Endpoint, at now: Instant, limit: Int, lifetime: UInt64) {
    owners.removeAll { $0.endpoint == endpoint || now.since($0.lastConfirmed) > lifetime * 1_000_000_000 }
    owners.insert(Owner(endpoint: endpoint, lastConfirmed: now), at: 0)
    if owners.count > limit { owners.removeLast(owners.count - limit) }
    self.endpoint = endpoint
  }
}
