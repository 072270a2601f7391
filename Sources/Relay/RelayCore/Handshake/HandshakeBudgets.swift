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
    isNew = keep(network, limits, at: now)
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
    keep(group, limits, at: now)
    let count = UInt64(count)
    guard copiesOfGroup[group]?[place].take(perGroup, count: min(count, UInt64(perGroup.burst)), at: now) == true else {
      return false
    }
    let inAll = limits.broadcastCopies
    return copies[place].take(inAll, count: min(count, UInt64(inAll.burst)), at: now)
  }

  /// Takes what another member of the cluster has spent from a budget.
  ///
  /// - Parameter isNew: As in `take`.
  mutating func charge(
    _ budget: Spending.Budget, count: UInt64, _ limits: RelayLimits, at now: Instant, isNew: inout Bool
  ) {
    let rate = Self.rate(of: budget, limits)
    switch budget {
    case .strangers: strangers.charge(rate, count: count, at: now)
    case .newcomers: newcomers.charge(rate, count: count, at: now)
    case .challenges: challenges.charge(rate, count: count, at: now)
    case .copies(let isFirst): copies[isFirst ? 0 : 1].charge(rate, count: count, at: now)
    case .copiesOfGroup(let group, let isFirst):
      keep(group, limits, at: now)
      copiesOfGroup[group]?[isFirst ? 0 : 1].charge(rate, count: count, at: now)
    case .network(let network):
      isNew = keep(network, limits, at: now)
      networks[network]?.charge(rate, count: count, at: now)
    case .key, .address, .broadcasts: break
    }
  }

  /// Returns the rate of a budget that many sources share.
  static func rate(of budget: Spending.Budget, _ limits: RelayLimits) -> RelayLimits.Rate {
    switch budget {
    case .strangers: limits.totalRate
    case .newcomers: limits.newcomerTotalRate
    case .challenges: limits.challengeRate
    case .copies: limits.broadcastCopies
    case .copiesOfGroup: limits.broadcastCopiesPerGroup
    case .network(let network): network.isNewcomer ? limits.newcomerSourceRate : limits.sourceRate
    case .key(_, let isNewcomer): isNewcomer ? limits.newcomerKeyRate : limits.keyRate
    case .address: limits.memberRate
    case .broadcasts: limits.broadcastsPerSource
    }
  }

  /// Keeps a bucket for a network. If the table is full, networks without a bucket share the overall budget.
  ///
  /// - Returns: Whether it is new.
  private mutating func keep(_ network: Network, _ limits: RelayLimits, at now: Instant) -> Bool {
    guard networks[network] == nil, networks.count < limits.sourcePrefixes else { return false }
    networks[network] = TokenBucket(Self.rate(of: .network(network), limits), at: now)
    return true
  }

  private mutating func keep(_ group: GroupID, _ limits: RelayLimits, at now: Instant) {
    guard copiesOfGroup[group] == nil else { return }
    let bucket = TokenBucket(limits.broadcastCopiesPerGroup, at: now)
    copiesOfGroup[group] = [bucket, bucket]
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
