/// A table of limited size that is shared fairly among the sources of its entries.
///
/// If it is full, a new entry replaces an old one of the heaviest source, determined level by level from the widest to
/// the narrowest. A source with less than its equal share never loses an entry to one with more, no matter how many
/// entries or narrow sources the latter adds.
package struct FairTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private struct Entry: Sendable {
    var value: Value
    let source: FairSource
    let weight: Int
    /// A counter value that increases with each use.
    var order: UInt64
    var isBusy = false
  }

  /// A source at some level, with the narrower ones below it.
  private struct Node: Sendable {
    var weight = 0
    /// The order of the most recently added entry.
    var last: UInt64 = 0
    var children: [String: Node] = [:]
    /// Keys of the entries; only at the narrowest level.
    var keys: Set<Key> = []
  }

  private let capacity: Int
  private let maxShare: Int
  private var entries: [Key: Entry] = [:]
  private var root = Node()
  private var clock: UInt64 = 0

  /// Creates an empty table.
  ///
  /// - Parameters:
  ///   - capacity: the maximum total weight of all entries; at least 1.
  ///   - maxShare: the maximum total weight of one source at the narrowest level; at least 1.
  package init(capacity: Int, maxShare: Int) {
    self.capacity = max(1, capacity)
    self.maxShare = max(1, maxShare)
  }

  /// The number of entries.
  package var count: Int { entries.count }
  /// The total weight of all entries.
  package var weight: Int { root.weight }

  /// The value for a key; nil if there is none.
  package subscript(key: Key) -> Value? { entries[key]?.value }

  /// Returns the total weight of a source's entries.
  package func share(of source: FairSource) -> Int { node(of: source)?.weight ?? 0 }

  private func node(of source: FairSource) -> Node? {
    var node: Node? = root
    for level in source.levels { node = node?.children[level] }
    return node
  }

  /// Adds an entry, replacing the one with the same key.
  ///
  /// - Parameter weight: from 1 to the capacity.
  /// - Returns: The entries removed to make room, never the new one.
  /// - Complexity: Linear in the number of sources per level if the table is full.
  package mutating func insert(
    _ key: Key, _ value: Value, of source: FairSource, weight: Int = 1
  ) -> [(key: Key, value: Value)] {
    remove(key)
    clock += 1
    let entry = Entry(value: value, source: source, weight: max(1, min(weight, capacity)), order: clock)
    entries[key] = entry
    Self.add(key, entry, to: &root, source.levels[...])
    var gone: [(key: Key, value: Value)] = []
    while let own = node(of: source), own.weight > maxShare, let victim = oldest(of: own, but: key) {
      gone += remove(victim).map { [(victim, $0)] } ?? []
    }
    while root.weight > capacity, let victim = victim(but: key) {
      gone += remove(victim).map { [(victim, $0)] } ?? []
    }
    return gone
  }

  private static func add(_ key: Key, _ entry: Entry, to node: inout Node, _ levels: ArraySlice<String>) {
    node.weight += entry.weight
    node.last = entry.order
    guard let level = levels.first else {
      node.keys.insert(key)
      return
    }
    add(key, entry, to: &node.children[level, default: Node()], levels.dropFirst())
  }

  /// Returns the entry to remove: at each level, from the heaviest source; of several such, from the one whose last
  /// addition is the oldest.
  private func victim(but key: Key) -> Key? {
    var node = root
    while let next = node.children.values.max(by: { ($0.weight, $1.last) < ($1.weight, $0.last) }) { node = next }
    return oldest(of: node, but: key) ?? entries.filter { $0.key != key }.min { $0.value.order < $1.value.order }?.key
  }

  /// Returns the least recently used entry of a source, preferring entries that are not busy.
  private func oldest(of node: Node, but key: Key) -> Key? {
    var found: (key: Key, isBusy: Bool, order: UInt64)?
    for candidate in node.keys where candidate != key {
      guard let entry = entries[candidate] else { continue }
      if let best = found, best.isBusy == entry.isBusy ? best.order < entry.order : !best.isBusy { continue }
      found = (candidate, entry.isBusy, entry.order)
    }
    return found?.key
  }

  /// Marks an entry as its source's most recently used one.
  package mutating func touch(_ key: Key) {
    clock += 1
    entries[key]?.order = clock
  }

  /// Changes an entry's value without marking it as used.
  package mutating func update(_ key: Key, _ change: (inout Value) -> Void) {
    guard var entry = entries[key] else { return }
    change(&entry.value)
    entries[key] = entry
  }

  /// Sets whether an entry is in use; other entries of its source are then removed first.
  package mutating func mark(_ key: Key, isBusy: Bool) { entries[key]?.isBusy = isBusy }

  /// Removes an entry and returns its value; nil if there is none.
  @discardableResult
  package mutating func remove(_ key: Key) -> Value? {
    guard let entry = entries.removeValue(forKey: key) else { return nil }
    Self.take(key, entry, from: &root, entry.source.levels[...])
    return entry.value
  }

  private static func take(_ key: Key, _ entry: Entry, from node: inout Node, _ levels: ArraySlice<String>) {
    node.weight -= entry.weight
    guard let level = levels.first else {
      node.keys.remove(key)
      return
    }
    guard var child = node.children.removeValue(forKey: level) else { return }
    take(key, entry, from: &child, levels.dropFirst())
    if child.weight > 0 { node.children[level] = child }
  }

  /// Removes the entries that satisfy a condition.
  package mutating func removeAll(where isGone: (Key, Value) -> Bool) {
    for (key, entry) in entries where isGone(key, entry.value) { remove(key) }
  }
}
