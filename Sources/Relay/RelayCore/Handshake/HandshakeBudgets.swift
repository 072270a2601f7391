/// How far a source has proven itself before it sends an initiation. Each standing has its own budgets, so that sources
/// of a lower standing cannot exhaust those of a higher one.
enum Standing: Sendable {
  /// Nothing is proven: the source address may be forged.
  case stranger
  /// The source has returned a cookie: it receives what is sent to its address.
  case newcomer
  /// A session has proven the source to be a key's address.
  case member
}

/// Handshake budgets that many sources share, by standing.
struct HandshakeBudgets: Sendable {
  /// A source network of strangers or newcomers, with a budget of its own.
  struct Network: Hashable, Sendable {
    let prefix: UInt64
    let isNewcomer: Bool
  }

  private(set) var networks: [Network: TokenBucket] = [:]
  private var strangers: TokenBucket
  private var newcomers: TokenBucket
  private var challenges: TokenBucket
  /// Budgets for copies to groups: of first attempts, and of attempts that an owner did not answer.
  private var copies: [TokenBucket]
  private var copiesOfGroup: [GroupID: [TokenBucket]] = [:]

  init(_ limits: RelayLimits, at now: Instant) {
    strangers = TokenBucket(limits.totalRate, at: now)
    newcomers = TokenBucket(limits.newcomerTotalRate, at: now)
    challenges = TokenBucket(limits.challengeRate, at: now)
    copies = [TokenBucket(limits.broadcastCopies, at: now), TokenBucket(limits.broadcastCopies, at: now)]
  }

  /// Spends from the budget of the source's network and from the overall one.
  ///
  /// - Parameters:
  ///   - cost: Effort of finding out which key the message is for; charged to strangers only.
  ///   - isNew: Set if the network was not known yet; the caller then has to call `forget` for it at some point.
  /// - Returns: Why the message may not pass; nil if it may.
  mutating func take(
    _ standing: Standing, from source: Endpoint, cost: UInt64, _ limits: RelayLimits, at now: Instant, isNew: inout Bool
  ) -> DropReason? {
    guard standing != .member else { return nil }
    let isNewcomer = standing == .newcomer
    let network = Network(prefix: source.sourcePrefix, isNewcomer: isNewcomer)
    let rate = isNewcomer ? limits.newcomerSourceRate : limits.sourceRate
    // If the table is full, networks without a bucket share the overall budget.
    if networks[network] == nil, networks.count < limits.sourcePrefixes {
      networks[network] = TokenBucket(rate, at: now)
      isNew = true
    }
    guard networks[network]?.take(rate, at: now) ?? true else { return .sourceRate }
    let isLeft =
      isNewcomer
      ? newcomers.take(limits.newcomerTotalRate, at: now)
      : strangers.take(limits.totalRate, count: min(cost, UInt64(limits.totalRate.burst)), at: now)
    return isLeft ? nil : .totalRate
  }

  /// Spends from the budget for cookie replies.
  mutating func takeChallenge(_ limits: RelayLimits, at now: Instant) -> Bool {
    challenges.take(limits.challengeRate, at: now)
  }

  /// Spends `count` copies to a group; a group larger than a whole budget spends all of it.
  mutating func takeCopies(
    _ count: Int, to group: GroupID, isFirst: Bool, _ limits: RelayLimits, at now: Instant
  ) -> Bool {
    let place = isFirst ? 0 : 1
    let perGroup = limits.broadcastCopiesPerGroup
    if copiesOfGroup[group] == nil {
      copiesOfGroup[group] = [TokenBucket(perGroup, at: now), TokenBucket(perGroup, at: now)]
    }
    let count = UInt64(count)
    guard copiesOfGroup[group]?[place].take(perGroup, count: min(count, UInt64(perGroup.burst)), at: now) == true else {
      return false
    }
    let inAll = limits.broadcastCopies
    return copies[place].take(inAll, count: min(count, UInt64(inAll.burst)), at: now)
  }

  /// Forgets a network whose bucket is full again and so holds no information.
  ///
  /// - Returns: False if the bucket is not full yet.
  mutating func forget(_ network: Network, _ limits: RelayLimits, at now: Instant) -> Bool {
    guard let bucket = networks[network] else { return true }
    guard bucket.isFull(network.isNewcomer ? limits.newcomerSourceRate : limits.sourceRate, at: now) else {
      return false
    }
    networks[network] = nil
    return true
  }
}
