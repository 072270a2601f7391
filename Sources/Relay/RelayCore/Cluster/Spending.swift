import CRelayCore

/// What a member of a cluster has spent from the relay's budgets for handshakes since it last said so.
///
/// The budgets hold for the relay: what one member spends, the others take from theirs, and may owe.
struct Spending {
  /// A budget.
  enum Budget: Hashable {
    /// Initiations of all addresses that have proven nothing.
    case strangers
    /// Those of all addresses that have returned a cookie.
    case newcomers
    /// Cookie replies.
    case challenges
    /// Copies to groups: of first attempts or of others.
    case copies(isFirst: Bool)
    case copiesOfGroup(GroupID, isFirst: Bool)
    case network(HandshakeBudgets.Network)
    case key(KeyID, isNewcomer: Bool)
    /// Initiations from an address that a session has proven to be a key's.
    case address(Endpoint, isProven: Bool)
    /// Broadcasts that an address causes.
    case broadcasts(Endpoint)
  }

  /// What was spent from a budget, as members report it to each other.
  struct Entry: Equatable {
    var kind: UInt64
    /// What the budget is for, in a form that every member understands.
    var name: [UInt8]
    var count: UInt64
  }

  /// Nanoseconds between two messages.
  static let interval: UInt64 = 100_000_000
  /// Entries at a time at most. The largest are sent.
  static let maxEntries = 256

  private(set) var counts: [Budget: UInt64] = [:]
  private var next = Instant.start

  /// Records what was spent.
  mutating func add(_ count: UInt64, from budget: Budget) { counts[budget, default: 0] &+= count }

  /// Returns what was spent and forgets it; nil if it is not time yet.
  mutating func take(at now: Instant) -> [Budget: UInt64]? {
    guard now >= next else { return nil }
    next = now.advanced(nanoseconds: Self.interval)
    defer { counts.removeAll(keepingCapacity: true) }
    return counts
  }
}

extension RelayMachine {
  /// Lets the other members know what was spent here.
  mutating func sendSpending(at now: Instant) {
    guard let counts = cluster?.spending.take(at: now), !counts.isEmpty else { return }
    let members = cluster?.members.reachable(at: now) ?? []
    guard !members.isEmpty else { return }
    // What is much less than the budget earns in the meantime changes little, even if every member spends as much.
    let perSecond = 16 * UInt64(members.count + 1) * 1_000_000_000 / Spending.interval
    let entries = counts.filter { $0.value * perSecond >= UInt64(rate(of: $0.key).perSecond) }
      .compactMap { entry($0.key, $0.value) }
      .sorted { ($1.count, $0.kind) < ($0.count, $1.kind) }.prefix(Spending.maxEntries)
    for message in ClusterMessage.packing(Array(entries)) {
      for member in members { clusterOutbox.append((member.control, message)) }
    }
  }

  /// Takes from a budget what another member has spent from it.
  mutating func charge(_ entry: Spending.Entry, at now: Instant) {
    guard let budget = budget(entry) else { return }
    let rate = rate(of: budget)
    switch budget {
    case .key(let key, let isNewcomer):
      let place = isNewcomer ? \KeyState.newcomers : \KeyState.strangers
      var bucket = keys[key]?[keyPath: place] ?? TokenBucket(rate, at: now)
      bucket.charge(rate, count: entry.count, at: now)
      keys[key, default: KeyState()][keyPath: place] = bucket
    case .address(let endpoint, let isProven):
      addresses.update(endpoint) { known in
        var bucket = (isProven ? known.provenBucket : known.bucket) ?? TokenBucket(rate, at: now)
        bucket.charge(rate, count: entry.count, at: now)
        if isProven { known.provenBucket = bucket } else { known.bucket = bucket }
      }
    case .broadcasts(let source):
      guard keepBroadcastBucket(of: source, at: now) else { return }
      sourceBroadcasts[source]?.charge(rate, count: entry.count, at: now)
    default:
      var isNew = false
      budgets.charge(budget, count: entry.count, limits, at: now, isNew: &isNew)
      if isNew, case .network(let network) = budget { wheel.add(.prefix(network), at: now.advanced(seconds: 10)) }
    }
  }

  /// Records what this member spends, for the others.
  mutating func spend(_ budget: Spending.Budget, count: UInt64 = 1) { cluster?.spending.add(count, from: budget) }

  private func rate(of budget: Spending.Budget) -> RelayLimits.Rate {
    if case .broadcasts = budget { return broadcastsPerSource }
    return HandshakeBudgets.rate(of: budget, limits)
  }

  /// Returns what was spent from a budget, for other members; nil if the budget is not needed any more.
  private func entry(_ budget: Spending.Budget, _ count: UInt64) -> Spending.Entry? {
    func entry(_ kind: UInt64, _ name: [UInt8] = []) -> Spending.Entry {
      Spending.Entry(kind: kind, name: name, count: count)
    }
    func bytes(_ endpoint: Endpoint) -> [UInt8] {
      var writer = SnapshotWriter()
      writer.write(endpoint)
      return writer.bytes
    }
    switch budget {
    case .strangers: return entry(1)
    case .newcomers: return entry(2)
    case .challenges: return entry(3)
    case .copies(let isFirst): return entry(isFirst ? 4 : 5)
    case .copiesOfGroup(let group, let isFirst):
      let name = isOpen ? "" : directory.name(of: group)
      return name.map { entry(isFirst ? 6 : 7, Array($0.utf8)) }
    case .network(let network):
      var writer = SnapshotWriter()
      writer.write(network.prefix)
      return entry(network.isNewcomer ? 9 : 8, writer.bytes)
    case .key(let key, let isNewcomer): return directory[key].map { entry(isNewcomer ? 11 : 10, $0.key.publicKey) }
    case .address(let endpoint, let isProven): return entry(isProven ? 13 : 12, bytes(endpoint))
    case .broadcasts(let endpoint): return entry(14, bytes(endpoint))
    }
  }

  /// Returns the budget that another member names; nil if it is unknown here.
  private func budget(_ entry: Spending.Entry) -> Spending.Budget? {
    var reader = SnapshotReader(entry.name[...])
    switch entry.kind {
    case 1: return .strangers
    case 2: return .newcomers
    case 3: return .challenges
    case 4, 5: return .copies(isFirst: entry.kind == 4)
    case 6, 7:
      let group = isOpen ? 0 : directory.group(named: String(decoding: entry.name, as: UTF8.self))
      return group.map { .copiesOfGroup($0, isFirst: entry.kind == 6) }
    case 8, 9:
      return (try? reader.number()).map {
        .network(HandshakeBudgets.Network(prefix: $0, isNewcomer: entry.kind == 9))
      }
    case 10, 11: return directory.number(of: entry.name).map { .key($0, isNewcomer: entry.kind == 11) }
    case 12, 13: return (try? reader.endpoint()).map { .address($0, isProven: entry.kind == 13) }
    case 14: return (try? reader.endpoint()).map { .broadcasts($0) }
    default: return nil
    }
  }
}
