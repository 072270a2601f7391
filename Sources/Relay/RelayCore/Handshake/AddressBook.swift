/// Addresses that have proven they receive what is sent to them, and the groups whose initiations they get.
struct AddressBook {
  /// State of one address.
  struct Entry {
    /// Groups of the address, each with the index of the address in the group's member list.
    fileprivate(set) var memberships: [(group: GroupID, position: Int)] = []
    var lastSeen: Instant
    /// The key that the address last sent an initiation for.
    var lastAddressed: KeyID = 0
    /// The key that sessions have proven to be at the address; 0 if none.
    var owned: KeyID = 0
    /// Budgets for initiations from the address without and with a fresh cookie. Only the address itself can use up the
    /// latter.
    var bucket: TokenBucket?
    var provenBucket: TokenBucket?

    func isMember(of group: GroupID) -> Bool { memberships.contains { $0.group == group } }
  }

  private(set) var entries: [Endpoint: Entry] = [:]
  private var members: [GroupID: [Endpoint]] = [:]
  /// The most recent addresses to join each group, in order.
  private var joined: [GroupID: Joined] = [:]
  /// Addresses in order of arrival, with gaps.
  private var order: [Endpoint] = []
  private var head = 0

  /// Joins per group that are remembered individually.
  private static let rememberedJoins = 8_192

  /// Joins of one group.
  private struct Joined {
    /// Number of joins before the first remembered one.
    var before: UInt64 = 0
    var endpoints: [Endpoint] = []
  }

  var count: Int { entries.count }

  subscript(endpoint: Endpoint) -> Entry? { entries[endpoint] }

  /// Returns the members of a group, in no particular order.
  func members(of group: GroupID) -> [Endpoint] { members[group] ?? [] }

  /// Returns how many addresses have joined a group so far.
  func joins(of group: GroupID) -> UInt64 {
    joined[group].map { $0.before + UInt64($0.endpoints.count) } ?? 0
  }

  /// Returns at most `limit` addresses that joined a group after the first `count`, and how many joins that covers.
  func joined(_ group: GroupID, after count: UInt64, limit: Int) -> (endpoints: [Endpoint], count: UInt64) {
    guard let joined = joined[group] else { return ([], count) }
    let first = count > joined.before ? Int(clamping: count - joined.before) : 0
    guard first < joined.endpoints.count else { return ([], count) }
    let part = joined.endpoints[first...].prefix(limit)
    return (part.filter { entries[$0]?.isMember(of: group) == true }, joined.before + UInt64(first + part.count))
  }

  /// Adds an address without groups.
  mutating func add(_ endpoint: Endpoint, at now: Instant) {
    entries[endpoint] = Entry(lastSeen: now)
    order.append(endpoint)
    if order.count > 4 * entries.count + 4_096 {
      // An address that left and came back appears several times; its last position counts.
      var seen: Set<Endpoint> = []
      order = order[head...].reversed().filter { entries[$0] != nil && seen.insert($0).inserted }.reversed()
      head = 0
    }
  }

  /// Makes room by forgetting the oldest address that is not needed.
  ///
  /// - Parameter isNeeded: Whether an address must be kept.
  /// - Returns: The address; nil if the oldest addresses are all needed.
  mutating func forgetOldest(unless isNeeded: (Endpoint, Entry) -> Bool) -> Endpoint? {
    for _ in 0..<64 {
      guard head < order.count else { return nil }
      let endpoint = order[head]
      head += 1
      guard let entry = entries[endpoint] else { continue }
      if isNeeded(endpoint, entry) {
        order.append(endpoint)
      } else {
        remove(endpoint)
        return endpoint
      }
    }
    return nil
  }

  mutating func update(_ endpoint: Endpoint, _ change: (inout Entry) -> Void) {
    guard var entry = entries[endpoint] else { return }
    change(&entry)
    entries[endpoint] = entry
  }

  /// Adds an address to a group.
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

  /// Removes an address from a group.
  mutating func leave(_ endpoint: Endpoint, _ group: GroupID) {
    guard let membership = entries[endpoint]?.memberships.first(where: { $0.group == group }) else { return }
    entries[endpoint]?.memberships.removeAll { $0.group == group }
    vacate(group, membership.position)
  }

  /// Fills the freed position with the group's last member.
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
