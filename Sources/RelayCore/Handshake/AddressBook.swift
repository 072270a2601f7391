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

    func isMember(of group: GroupID) -> Bool { memberships.contains { $0.group == group } }
  }

  private(set) var entries: [Endpoint: Entry] = [:]
  private var members: [GroupID: [Endpoint]] = [:]

  var count: Int { entries.count }

  subscript(endpoint: Endpoint) -> Entry? { entries[endpoint] }

  /// Everybody in a group, in no order that means anything.
  func members(of group: GroupID) -> [Endpoint] { members[group] ?? [] }

  mutating func add(_ endpoint: Endpoint, at now: Instant) { entries[endpoint] = Entry(lastSeen: now) }

  mutating func update(_ endpoint: Endpoint, _ change: (inout Entry) -> Void) {
    guard var entry = entries[endpoint] else { return }
    change(&entry)
    entries[endpoint] = entry
  }

  mutating func join(_ endpoint: Endpoint, _ group: GroupID) {
    guard let entry = entries[endpoint], !entry.isMember(of: group) else { return }
    entries[endpoint]?.memberships.append((group, members[group]?.count ?? 0))
    members[group, default: []].append(endpoint)
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
