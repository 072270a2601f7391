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
  /// Responses and cookie replies to one initiation that are looked at.
  package var answersPerInitiation = 32
  /// Sessions of two keys that are kept when the table is full: WireGuard uses three.
  package var sessionsPerPair = 3

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
  /// Seconds for which an address that sends data of a session from elsewhere is remembered: three keepalives of 25 s.
  package var roamingSeconds: UInt64 = 80
  /// Addresses that may try to move one leg at the same time.
  package var candidatesPerLeg = 2
  /// Addresses that are remembered to have sent data in the name of one key from elsewhere.
  package var moversPerKey = 4
  /// How far ahead of the last counter a packet from a new address may be.
  package static let plausibleAdvance: UInt64 = 1 << 24
  /// Bytes that an address may get for each byte it sent, before the session moves to it.
  package static let candidateFactor: Int64 = 3
  /// Bytes that the address before a move may get for each late packet that it sends.
  package static let bytesForLatePacket: Int64 = 16_384

  /// Initiations a second from addresses that have shown nothing: from one network, for one key, and in all.
  package var sourceRate = Rate(perSecond: 1_000, burst: 6_000)
  package var keyRate = Rate(perSecond: 500, burst: 6_000)
  package var totalRate = Rate(perSecond: 20_000, burst: 20_000)
  /// Initiations a second from addresses that have returned a cookie and have no session yet: from one network, for one
  /// key, and in all.
  package var newcomerSourceRate = Rate(perSecond: 200, burst: 6_000)
  package var newcomerKeyRate = Rate(perSecond: 1_000, burst: 6_000)
  package var newcomerTotalRate = Rate(perSecond: 20_000, burst: 20_000)
  /// Initiations a second from one address whose sessions have shown it to be a key's. A hub that was restarted asks for
  /// every site at once.
  package var memberRate = Rate(perSecond: 500, burst: 6_000)
  /// Initiations a second from one known address for one key: WireGuard makes one in five seconds.
  package var attemptRate = Rate(perSecond: 20, burst: 50)
  /// Cookies a second for initiations that are over a budget which only proven ones may exceed.
  package var challengeRate = Rate(perSecond: 2_000, burst: 6_000)
  /// Copies a second that go to groups: in all, and to one group. First attempts and those whose owner did not answer
  /// have a budget each.
  package var broadcastCopies = Rate(perSecond: 20_000, burst: 20_000)
  package var broadcastCopiesPerGroup = Rate(perSecond: 10_000, burst: 10_000)
  /// Broadcasts a second from one address (`--broadcast-rate`).
  package var broadcastsPerSource = Rate(perSecond: 5, burst: 10)
  /// Groups up to this size hear of every attempt that nobody answers. In a larger one, a key is asked for in rounds, so
  /// that a hub's outage does not become a flood for its sites.
  package var smallGroup = 8
  /// Seconds between the first two rounds; the pause doubles up to the longest.
  package var roundSeconds: UInt64 = 5
  package var longestRoundSeconds: UInt64 = 60

  package init() {}

  /// Takes the rates of others, and no size.
  mutating func takeRates(of others: RelayLimits) {
    sourceRate = others.sourceRate
    keyRate = others.keyRate
    totalRate = others.totalRate
    newcomerSourceRate = others.newcomerSourceRate
    newcomerKeyRate = others.newcomerKeyRate
    newcomerTotalRate = others.newcomerTotalRate
    memberRate = others.memberRate
    broadcastCopies = others.broadcastCopies
    broadcastCopiesPerGroup = others.broadcastCopiesPerGroup
  }

  /// So many a second, and so many at once after a rest.
  package struct Rate: Sendable, Equatable {
    package var perSecond: UInt32
    package var burst: UInt32
    package init(perSecond: UInt32, burst: UInt32) {
      self.perSecond = perSecond
      self.burst = burst
    }

    /// Another rate whose burst is as many seconds' worth.
    package func scaled(to other: UInt32) -> Rate {
      let scaled = UInt64(burst) * UInt64(other) / UInt64(max(1, perSecond))
      return Rate(perSecond: other, burst: max(1, UInt32(clamping: scaled)))
    }
  }
}
