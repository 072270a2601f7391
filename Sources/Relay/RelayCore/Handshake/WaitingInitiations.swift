/// Initiations for keys that are not known to be anywhere, while they wait for their peer to send something.
///
/// Two peers that start together do not know of each other's first message. Without this memory, WireGuard would repeat
/// both after five seconds.
struct WaitingInitiations {
  /// A waiting initiation. Its answers and its source's credit are in `PendingInitiations`.
  struct Entry: Equatable {
    let source: Endpoint
    /// Key of the peer that it is for.
    let key: KeyID
    let group: GroupID
    let message: HandshakeMessage
    let trafficClass: UInt32
    let sentAt: Instant
    /// When it stops waiting. A source that has proven nothing is then asked for a cookie.
    let deadline: Instant
    /// Whether its source has proven that it receives what is sent to it.
    var isTrusted: Bool
    /// Whether it was sent to an address.
    var isSent: Bool
    /// Member of the cluster at which it waits; nil for this one.
    var entrance: MemberID?
  }

  private(set) var entries: [GroupID: [Entry]] = [:]
  private(set) var count = 0
  /// When an entry stops waiting, at the earliest; nil if none waits.
  private(set) var nextDeadline: Instant?
  private let capacity: Int
  private let perGroup: Int

  init(capacity: Int, perGroup: Int) {
    self.capacity = capacity
    self.perGroup = perGroup
  }

  /// Returns the waiting initiations of a group, the oldest first.
  func waiting(in group: GroupID) -> [Entry] { entries[group] ?? [] }

  /// Adds an initiation; it replaces one from the same source for the same key.
  ///
  /// - Returns: False if there is no room.
  mutating func add(_ entry: Entry) -> Bool {
    remove(in: entry.group) { $0.source == entry.source && $0.key == entry.key }
    guard count < capacity, (entries[entry.group]?.count ?? 0) < perGroup else { return false }
    entries[entry.group, default: []].append(entry)
    count += 1
    nextDeadline = nextDeadline.map { min($0, entry.deadline) } ?? entry.deadline
    return true
  }

  /// Changes the entries of a group that satisfy a condition.
  mutating func update(in group: GroupID, where condition: (Entry) -> Bool, _ change: (inout Entry) -> Void) {
    guard let list = entries[group] else { return }
    for index in list.indices where condition(list[index]) { change(&entries[group, default: []][index]) }
  }

  /// Records that a source has proven that it receives what is sent to it.
  mutating func trust(_ source: Endpoint) {
    for group in entries.keys { update(in: group, where: { $0.source == source }) { $0.isTrusted = true } }
  }

  /// Removes the entries that satisfy a condition.
  mutating func remove(where condition: (Entry) -> Bool) {
    for group in Array(entries.keys) { remove(in: group, where: condition) }
  }

  /// Removes and returns the entries whose time is over.
  mutating func takeDue(by now: Instant) -> [Entry] {
    guard let nextDeadline, nextDeadline <= now else { return [] }
    let due = entries.values.flatMap { $0.filter { $0.deadline <= now } }.sorted { $0.sentAt < $1.sentAt }
    remove { $0.deadline <= now }
    self.nextDeadline = entries.values.lazy.flatMap { $0 }.map(\.deadline).min()
    return due
  }

  /// Removes the entries of a group that satisfy a condition.
  mutating func remove(in group: GroupID, where condition: (Entry) -> Bool) {
    guard let list = entries[group] else { return }
    let rest = list.filter { !condition($0) }
    count -= list.count - rest.count
    entries[group] = rest.isEmpty ? nil : rest
  }
}
