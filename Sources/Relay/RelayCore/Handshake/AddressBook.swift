/// Addresses that have shown that they receive what is sent to them, and the groups whose initiations they get.
struct AddressBook {
  struct Entry {
    /// Where the address stands in the member list of each of its groups.
    fileprivate(set) var memberships: [(group: GroupID, position: Int)] = []
    var lastSeen: Instant
    /// The key that the address last asked for.
    var lastAddressed: KeyID = 0
    /// The key that sessions have shown to be there.
    var owned: KeyID = 0
    /// Initiations that the address may send, and those of them that prove once more where they come from: nobody else
    /// can use the latter up.
    var bucket: TokenBucket?
    var provenBucket: TokenBucket?

    func isMember(of group: GroupID) -> Bool { memberships.contains { $0.group == group } }
  }

  private(set) var entries: [Endpoint: Entry] = [:]
  private var members: [GroupID: [Endpoint]] = [:]
  /// The last addresses that joined a group, in their order.
  private var joined: [GroupID: Joined] = [:]
  /// Addresses in the order of their coming, with gaps.
  private var order: [Endpoint] = []
  private var head = 0

  /// Joins of one group that are remembered one by one.
  private static let rememberedJoins = 8_192

  private struct Joined {
    /// Joins before the first that is remembered.
    var before: UInt64 = 0
    var endpoints: [Endpoint] = []
  }

  var count: Int { entries.count }

  subscript(endpoint: Endpoint) -> Entry? { entries[endpoint] }

  /// Everybody in a group, in no order that means anything.
  func members(of group: GroupID) -> [Endpoint] { members[group] ?? [] }

  /// How many addresses have joined a group so far.
  func joins(of group: GroupID) -> UInt64 {
    joined[group].map { $0.before + UInt64($0.endpoints.count) } ?? 0
  }

  /// Addresses that joined a group after the first `count`, at most `limit`, and how many joins that covers.
  func joined(_ group: GroupID, after count: UInt64, limit: Int) -> (endpoints: [Endpoint], count: UInt64) {
    guard let joined = joined[group] else { return ([], count) }
    let first = count > joined.before ? Int(clamping: count - joined.before) : 0
    guard first < joined.endpoints.count else { return ([], count) }
    let part = joined.endpoints[first...].prefix(limit)
    return (part.filter { entries[$0]?.isMember(of: group) == true }, joined.before + UInt64(first + part.count))
  }

  mutating func add(_ endpoint: Endpoint, at now: Instant) {
    entries[endpoint] = Entry(lastSeen: now)
    order.append(endpoint)
    if order.count > 4 * entries.count + 4_096 {
      // Addresses that went and came again stand in it several times; the last place counts.
      var seen: Set<Endpoint> = []
      order = order[head...].reversed().filter { entries[$0] != nil && seen.insert($0).inserted }.reversed()
      head = 0
    }
  }

  /// Makes room by forgetting the oldest address that `isNeeded` does not keep.
  ///
  /// - Returns: False if the oldest are all needed.
  mutating func forgetOldest(unless isNeeded: (Endpoint, Entry) -> Bool) -> Bool {
    for _ in 0..<64 {
      guard head < order.count else { return false }
      let endpoint = order[head]
      head += 1
      guard let entry = entries[endpoint] else { continue }
      if isNeeded(endpoint, entry) {
        order.append(endpoint)
      } else {
        remove(endpoint)
        return true
      }
    }
    return false
  }

  mutating func update(_ endpoint: Endpoint, _ change: (inout Entry) -> Void) {
    guard var entry = entries[endpoint] else { return }
    change(&entry)
    entries[endpoint] = entry
  }

  mutating func join(_ endpoint: Endpoint, _ group: GroupID) {
    guard let entry = entries[endpoint], !entry.isMember(of: group) else { return }
    entries[endpoint]?.memberships.append((group, members[group]?.count ?? 0))
    members[group, default: []].append(endpoint)
    joined[group, default: Joined()].endpoints.append(endpoint)
    guard let count = joined[group]?.endpoints.count, count > 2 * Self.rememberedJoins else { return }
    joined[group]?.endpoints.removeFirst(count - Self.rememberedJoins)
    joined[group]?.before += UInt64(count - Self.rememberedJoins)
  }

  mutating func remove(_ endpoint: Endpoint) {
    guard let entry = entries.removeValue(forKey: endpoint) else { return }
    for membership in entry.memberships { vacate(membership.group, membership.position) }
  }

  mutating func leave(_ endpoint: Endpoint, _ group: GroupID) {
    guard let membership = entries[endpoint]?.memberships.first(where: { $0.group == group }) else { return }
    entries[endpoint]?.memberships.removeAll { $0.group == group }
    vacate(group, membership.position)
  }

  /// The last member takes the place that became free.
  private mutating func vacate(_ group: GroupID, _ position: Int) {
    guard let last = members[group]?.popLast() else { return }
    guard let count = members[group]?.count, position < count else {
      if members[group]?.isEmpty == true { members[group] = nil }
      return
    }
    members[group]?[position] = last
    if let index = entries[last]?.memberships.firstIndex(where: { $0.group == group }) {
      entries[last]?.memberships[index].position = position
    }
  }
}
