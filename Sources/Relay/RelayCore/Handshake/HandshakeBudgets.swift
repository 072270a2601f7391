/// What a source has shown of itself before it sends an initiation. Each standing has budgets of its own, so that nobody
/// takes any from those that have shown more.
enum Standing: Sendable {
  /// Nothing: the source may be forged.
  case stranger
  /// It has returned a cookie: it receives what is sent to its address.
  case newcomer
  /// A session has shown it to be a key's address.
  case member
}

/// Budgets that many sources share, by standing.
struct HandshakeBudgets: Sendable {
  /// A network of strangers or newcomers.
  struct Network: Hashable, Sendable {
    let prefix: UInt64
    let isNewcomer: Bool
  }

  private(set) var networks: [Network: TokenBucket] = [:]
  private var strangers: TokenBucket
  private var newcomers: TokenBucket
  private var challenges: TokenBucket
  /// Copies of first attempts, and of those that an owner did not answer.
  private var copies: [TokenBucket]
  private var copiesOfGroup: [GroupID: [TokenBucket]] = [:]

  init(_ limits: RelayLimits, at now: Instant) {
    strangers = TokenBucket(limits.totalRate, at: now)
    newcomers = TokenBucket(limits.newcomerTotalRate, at: now)
    challenges = TokenBucket(limits.challengeRate, at: now)
    copies = [TokenBucket(limits.broadcastCopies, at: now), TokenBucket(limits.broadcastCopies, at: now)]
  }

  /// Takes from the budget of a network and from that of all.
  ///
  /// - Parameters:
  ///   - cost: how dear it is to find out whom the message is for.
  ///   - isNew: is set if the network was not known, and `forget` has to be called for it some time.
  /// - Returns: Why it may not pass, nil if it may.
  mutating func take(
    _ standing: Standing, from source: Endpoint, cost: UInt64, _ limits: RelayLimits, at now: Instant, isNew: inout Bool
  ) -> DropReason? {
    guard standing != .member else { return nil }
    let isNewcomer = standing == .newcomer
    let network = Network(prefix: source.sourcePrefix, isNewcomer: isNewcomer)
    let rate = isNewcomer ? limits.newcomerSourceRate : limits.sourceRate
    // If the table is full, networks without a bucket share the total's.
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

  mutating func takeChallenge(_ limits: RelayLimits, at now: Instant) -> Bool {
    challenges.take(limits.challengeRate, at: now)
  }

  /// Takes so many copies to a group; a group larger than a whole budget spends all of it.
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

  /// Forgets a network whose bucket has nothing to remember.
  ///
  /// - Returns: False if it has.
  mutating func forget(_ network: Network, _ limits: RelayLimits, at now: Instant) -> Bool {
    guard let bucket = networks[network] else { return true }
    guard bucket.isFull(network.isNewcomer ? limits.newcomerSourceRate : limits.sourceRate, at: now) else {
      return false
    }
    networks[network] = nil
    return true
  }
}
