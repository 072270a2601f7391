/// Bounds and rates that are this relay's choice; those that WireGuard fixes stand in `WireGuard`.
package struct RelayLimits: Sendable, Equatable {
  /// Sessions at once. A pair of peers has up to two, because they shake hands every 120 s.
  package var sessions = 100_000
  /// Initiations that wait for their response.
  package var pendingInitiations = 16_384
  /// Addresses that are known to receive what is sent to them.
  package var addresses = 65_536
  /// Addresses that try to move a session.
  package var roamingCandidates = 4_096
  /// Networks with a token bucket of their own.
  package var sourcePrefixes = 16_384

  /// Owners of one key that an initiation goes to.
  package var ownersPerKey = 4
  /// Initiations with one sender index, from different addresses.
  package var initiationsPerIndex = 8
  /// Responses to one initiation that are kept until one is confirmed.
  package var candidatesPerInitiation = 8

  /// Seconds for which an initiation waits for its response, and a response for its confirmation.
  package var handshakeSeconds: UInt64 = 15
  /// Seconds of a session: `WireGuard.rejectAfter`, and some for clocks and packets under way.
  package var sessionSeconds = WireGuard.rejectAfter + 20
  /// Seconds without any sign of life after which an address is forgotten.
  package var addressSeconds: UInt64 = 3_600
  /// Seconds without an answer after which an owner is not enough and the group is asked: less than one retry, so that
  /// the second attempt reaches everybody.
  package var ownerPatienceSeconds: UInt64 = 4

  /// Rising counters that move a return path, and the time that they must span.
  package var roamingPackets = 3
  package var roamingMilliseconds: UInt64 = 200
  /// How far ahead of the last counter a packet from a new address may be.
  package static let plausibleAdvance: UInt64 = 1 << 24

  /// Handshake messages a second: from one network, for one key, and in all.
  package var sourceRate = Rate(perSecond: 300, burst: 600)
  package var keyRate = Rate(perSecond: 500, burst: 1_000)
  package var totalRate = Rate(perSecond: 20_000, burst: 20_000)
  /// Copies a second that go to groups: of first attempts, and of those whose owner did not answer.
  package var broadcastCopies = Rate(perSecond: 20_000, burst: 20_000)
  package var fallbackCopies = Rate(perSecond: 10_000, burst: 10_000)
  /// Broadcasts a second from one address (`--broadcast-rate`).
  package var broadcastsPerSource = Rate(perSecond: 5, burst: 10)

  package init() {}

  /// So many a second, and so many at once after a rest.
  package struct Rate: Sendable, Equatable {
    package var perSecond: UInt32
    package var burst: UInt32
    package init(perSecond: UInt32, burst: UInt32) {
      self.perSecond = perSecond
      self.burst = burst
    }
  }
}
