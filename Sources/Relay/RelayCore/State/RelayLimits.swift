/// Limits and rates that are this relay's choice. Those that the WireGuard protocol fixes are in `WireGuard`.
package struct RelayLimits: Sendable, Equatable {
  /// Sessions at the same time. A pair of peers has up to two, because peers repeat the handshake every 120 s.
  package var sessions = 100_000
  /// Initiations that await their response.
  package var pendingInitiations = 16_384
  /// Initiations that wait for a peer whose address is unknown.
  package var waitingInitiations = 1_024
  /// The same for one group.
  package var waitingInitiationsPerGroup = 64
  /// Addresses known to receive what is sent to them.
  package var addresses = 65_536
  /// Addresses that are trying to move a session.
  package var roamingCandidates = 4_096
  /// Source networks with a token bucket of their own.
  package var sourcePrefixes = 16_384

  /// Owners of one key that an initiation is sent to.
  package var ownersPerKey = 4
  /// Initiations with the same sender index from different addresses.
  package var initiationsPerIndex = 8
  /// Responses to one initiation that are kept until one of them is confirmed.
  package var candidatesPerInitiation = 8
  /// Responses and cookie replies to one initiation that are examined.
  package var answersPerInitiation = 32
  /// Sessions per pair of keys that are kept when the table is full: WireGuard uses three.
  package var sessionsPerPair = 3

  /// Seconds for which an initiation awaits its response, and a response its confirmation.
  package var handshakeSeconds: UInt64 = 15
  /// Milliseconds for which an initiation for a key that is nowhere waits for its peer to turn up. An unproven source is
  /// then asked for a cookie.
  package var meetingMilliseconds: UInt64 = 150
  /// The same if other addresses of the group are known.
  package var meetingMillisecondsAmongOthers: UInt64 = 100
  /// Addresses or keys among which a peer that turns up may be looked for. With more, a guess is probably wrong.
  package var meetingGuesses = 2
  /// Lifetime of a session in seconds: `WireGuard.rejectAfter`, plus a margin for clocks and packets in transit.
  package var sessionSeconds = WireGuard.rejectAfter + 20
  /// Seconds of silence after which an address is forgotten.
  package var addressSeconds: UInt64 = 3_600
  /// Seconds without an answer from the owner after which the group is asked too. Shorter than one retry, so that the
  /// second attempt reaches everyone.
  package var ownerPatienceSeconds: UInt64 = 4

  /// Packets with rising counters that move a return path.
  package var roamingPackets = 3
  /// Milliseconds that these packets must span.
  package var roamingMilliseconds: UInt64 = 200
  /// Seconds for which an address that sends a session's data from elsewhere is remembered: three keepalives of 25 s.
  package var roamingSeconds: UInt64 = 80
  /// Addresses that may try to move one leg at the same time.
  package var candidatesPerLeg = 2
  /// Addresses per key that are remembered for sending data from elsewhere.
  package var moversPerKey = 4
  /// How far ahead of the last counter a packet from a new address may be.
  package static let plausibleAdvance: UInt64 = 1 << 24
  /// Bytes that an address may get for each byte it sent, before the session moves to it.
  package static let candidateFactor: Int64 = 3
  /// Bytes that the address before a move may get for each late packet it sends.
  package static let bytesForLatePacket: Int64 = 16_384

  /// Initiations per second from addresses that have proven nothing, per source network.
  package var sourceRate = Rate(perSecond: 1_000, burst: 6_000)
  /// The same per key.
  package var keyRate = Rate(perSecond: 500, burst: 6_000)
  /// The same in total.
  package var totalRate = Rate(perSecond: 20_000, burst: 20_000)
  /// Initiations per second from addresses that have returned a cookie but have no session yet, per source network.
  package var newcomerSourceRate = Rate(perSecond: 200, burst: 6_000)
  /// The same per key.
  package var newcomerKeyRate = Rate(perSecond: 1_000, burst: 6_000)
  /// The same in total.
  package var newcomerTotalRate = Rate(perSecond: 20_000, burst: 20_000)
  /// Initiations per second from one address that a session has proven to be a key's. A restarted hub asks for all of
  /// its sites at once.
  package var memberRate = Rate(perSecond: 500, burst: 6_000)
  /// Initiations per second from one known address for one key: WireGuard sends one every five seconds.
  package var attemptRate = Rate(perSecond: 20, burst: 50)
  /// Cookie replies per second for initiations over a budget that only proven sources may exceed.
  package var challengeRate = Rate(perSecond: 2_000, burst: 6_000)
  /// Copies per second to groups in total. First attempts have one budget, and attempts that an owner did not answer
  /// another.
  package var broadcastCopies = Rate(perSecond: 20_000, burst: 20_000)
  /// Copies per second to one group, with two budgets likewise.
  package var broadcastCopiesPerGroup = Rate(perSecond: 10_000, burst: 10_000)
  /// Broadcasts per second caused by one address (`--broadcast-rate`).
  package var broadcastsPerSource = Rate(perSecond: 5, burst: 10)
  /// Groups up to this size get every unanswered attempt. In a larger one, a key is searched for in rounds, so that a
  /// hub's outage does not flood its sites.
  package var smallGroup = 8
  /// Seconds between the first two rounds; the pause doubles up to `maxRoundSeconds`.
  package var roundSeconds: UInt64 = 5
  /// Longest pause between rounds, in seconds.
  package var maxRoundSeconds: UInt64 = 60

  /// Creates the default limits.
  package init() {}

  /// Copies the configurable rates of other limits, but no sizes.
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

  /// A token bucket's rate, and its burst after a pause.
  package struct Rate: Sendable, Equatable {
    /// Tokens per second.
    package var perSecond: UInt32
    /// Tokens at most.
    package var burst: UInt32
    /// Creates a rate.
    package init(perSecond: UInt32, burst: UInt32) {
      self.perSecond = perSecond
      self.burst = burst
    }

    /// Returns a rate of `other` tokens per second whose burst lasts for as many seconds.
    package func scaled(to other: UInt32) -> Rate {
      let scaled = UInt64(burst) * UInt64(other) / UInt64(max(1, perSecond))
      return Rate(perSecond: other, burst: max(1, UInt32(clamping: scaled)))
    }
  }
}
