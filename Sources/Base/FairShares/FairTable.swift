/// A table of bounded size whose places are shared fairly among the sources of its entries.
///
/// Where it is full, a new entry takes the place of an old one of the source that holds most: from the widest level of
/// sources to the narrowest, always the heaviest. A source that holds less than its equal share never loses anything to
/// one that holds more, however many entries, or narrow sources, the latter brings.
package struct FairTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private struct Entry: Sendable {
    var value: Value
    let source: FairSource
    let weight: Int
    /// Grows with every use.
    var order: UInt64
    var isBusy = false
  }

  /// A source of some level, with the narrower ones below it.
  private struct Node: Sendable {
    var weight = 0
    /// The order of the last entry that came.
    var last: UInt64 = 0
    var children: [String: Node] = [:]
    /// Of the narrowest level alone.
    var keys: Set<Key> = []
  }

  private let capacity: Int
  private let largestShare: Int
  private var entries: [Key: Entry] = [:]
  private var root = Node()
  private var clock: UInt64 = 0

  /// - Parameters:
  ///   - capacity: the weight of all entries together; at least 1.
  ///   - largestShare: the weight of the entries of one source of the narrowest level; at least 1.
  package init(capacity: Int, largestShare: Int) {
    self.capacity = max(1, capacity)
    self.largestShare = max(1, largestShare)
  }

  package var count: Int { entries.count }
  /// The weight of all entries.
  package var weight: Int { root.weight }

  package subscript(key: Key) -> Value? { entries[key]?.value }

  /// The weight of what a source holds.
  package func share(of source: FairSource) -> Int { node(of: source)?.weight ?? 0 }

  private func node(of source: FairSource) -> Node? {
    var node: Node? = root
    for level in source.levels { node = node?.children[level] }
    return node
  }

  /// Adds an entry, or replaces the one of its key.
  ///
  /// - Parameter weight: from 1 to the capacity.
  /// - Returns: The entries that made room, never the new one.
  /// - Complexity: linear in the number of sources of a level where the table is full.
  package mutating func insert(
    _ key: Key, _ value: Value, of source: FairSource, weight: Int = 1
  ) -> [(key: Key, value: Value)] {
    remove(key)
    clock += 1
    let entry = Entry(value: value, source: source, weight: max(1, min(weight, capacity)), order: clock)
    entries[key] = entry
    Self.add(key, entry, to: &root, source.levels[...])
    var gone: [(key: Key, value: Value)] = []
    while let own = node(of: source), own.weight > largestShare, let victim = oldest(of: own, but: key) {
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

  /// The entry that goes: of the heaviest source of each level, and of several such, that from which nothing came for
  /// longest.
  private func victim(but key: Key) -> Key? {
    var node = root
    while let next = node.children.values.max(by: { ($0.weight, $1.last) < ($1.weight, $0.last) }) { node = next }
    return oldest(of: node, but: key) ?? entries.filter { $0.key != key }.min { $0.value.order < $1.value.order }?.key
  }

  /// The entry of a source that was used least lately, one that is not busy before one that is.
  private func oldest(of node: Node, but key: Key) -> Key? {
    var found: (key: Key, isBusy: Bool, order: UInt64)?
    for candidate in node.keys where candidate != key {
      guard let entry = entries[candidate] else { continue }
      if let best = found, best.isBusy == entry.isBusy ? best.order < entry.order : !best.isBusy { continue }
      found = (candidate, entry.isBusy, entry.order)
    }
    return found?.key
  }

  /// Makes an entry the one of its source that was used last.
  package mutating func touch(_ key: Key) {
    clock += 1
    entries[key]?.order = clock
  }

  /// Changes an entry's value in its place.
  package mutating func update(_ key: Key, _ change: (inout Value) -> Void) {
    guard var entry = entries[key] else { return }
    change(&entry.value)
    entries[key] = entry
  }

  /// Says whether an entry is in use: then others of its source go first.
  package mutating func mark(_ key: Key, isBusy: Bool) { entries[key]?.isBusy = isBusy }

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

  package mutating func removeAll(where isGone: (Key, Value) -> Bool) {
    for (key, entry) in entries where isGone(key, entry.value) { remove(key) }
  }
}
