/// What a key has done at a process of the relay since that process began to count.
package struct KeyCount: Equatable, Sendable {
  /// Completed handshakes.
  package var handshakes: UInt64 = 0
  /// What the peer sent.
  package var received = Volume()
  /// What was sent to the peer.
  package var sent = Volume()

  var isZero: Bool { self == KeyCount() }

  static func + (left: KeyCount, right: KeyCount) -> KeyCount {
    KeyCount(
      handshakes: left.handshakes &+ right.handshakes, received: left.received + right.received,
      sent: left.sent + right.sent)
  }

  static func - (left: KeyCount, right: KeyCount) -> KeyCount {
    KeyCount(
      handshakes: left.handshakes &- right.handshakes, received: left.received - right.received,
      sent: left.sent - right.sent)
  }

  /// Returns the higher number of each. Counts only grow, so it is the newer one.
  func union(_ other: KeyCount) -> KeyCount {
    KeyCount(
      handshakes: max(handshakes, other.handshakes), received: received.union(other.received),
      sent: sent.union(other.sent))
  }
}

extension Volume {
  func union(_ other: Volume) -> Volume {
    Volume(packets: max(packets, other.packets), bytes: max(bytes, other.bytes))
  }
}

/// What keys have done at all processes of the relay, those that have ended included.
///
/// Each process counts by itself, under a number of its own. Whoever has a count passes it on; the highest is the newest.
/// So counts survive the process that made them, and none is counted twice.
struct SharedCounts {
  /// Processes whose counts are kept. The counts of the one that was heard of first are forgotten beyond that.
  static let maxSources = 64
  /// Keys in one message.
  static let keysPerMessage = 12
  /// Messages in one turn.
  static let messagesPerTurn = 4
  /// Nanoseconds between two looks at this process's own counts.
  static let pause: UInt64 = 5_000_000_000
  /// Nanoseconds after which everything is sent again, because messages get lost.
  static let repetition: UInt64 = 60_000_000_000

  /// The number under which this process counts.
  var own: UInt64
  /// When this process's own counts are due.
  var nextLook: Instant
  /// When all counts are due.
  var nextRepetition: Instant
  private var counts: [UInt64: [[UInt8]: KeyCount]] = [:]
  /// Processes in the order in which they were heard of.
  private var sources: [UInt64] = []
  private var queue: [Entry] = []
  private var isQueued: Set<Entry> = []

  /// A key at a process.
  struct Entry: Hashable {
    let source: UInt64
    let key: [UInt8]
  }

  init(own: UInt64, at now: Instant) {
    self.own = own
    nextLook = now.advanced(nanoseconds: Self.pause)
    nextRepetition = now.advanced(nanoseconds: Self.repetition)
  }

  /// Returns what a key has done at other processes.
  func elsewhere(_ key: [UInt8]) -> KeyCount {
    counts.reduce(KeyCount()) { sum, one in one.key == own ? sum : sum + (one.value[key] ?? KeyCount()) }
  }

  /// Takes a count.
  ///
  /// - Returns: Whether it is news.
  @discardableResult mutating func take(_ count: KeyCount, of key: [UInt8], at source: UInt64) -> Bool {
    guard !count.isZero else { return false }
    if counts[source] == nil {
      sources.append(source)
      if sources.count > Self.maxSources { counts[sources.removeFirst()] = nil }
    }
    let known = counts[source]?[key] ?? KeyCount()
    let new = known.union(count)
    guard new != known else { return false }
    counts[source, default: [:]][key] = new
    return true
  }

  /// Forgets keys that the relay does not have any more.
  mutating func keep(_ isKey: ([UInt8]) -> Bool) {
    for source in sources { counts[source] = counts[source]?.filter { isKey($0.key) } }
  }

  /// Queues a count for the other members.
  mutating func send(_ key: [UInt8], of source: UInt64) {
    let entry = Entry(source: source, key: key)
    if isQueued.insert(entry).inserted { queue.append(entry) }
  }

  /// Queues the counts of some processes for the other members.
  mutating func sendAll(of isWanted: (UInt64) -> Bool) {
    for source in sources where isWanted(source) {
      for key in (counts[source] ?? [:]).keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) { send(key, of: source) }
    }
  }

  /// Takes queued counts for messages, each with those of one process.
  mutating func takeQueued(messages: Int) -> [ClusterMessage.Counts] {
    var taken: [ClusterMessage.Counts] = []
    var position = 0
    while position < queue.count, taken.count < messages {
      let source = queue[position].source
      var keys: [ClusterMessage.Counts.Entry] = []
      while position < queue.count, queue[position].source == source, keys.count < Self.keysPerMessage {
        let entry = queue[position]
        position += 1
        isQueued.remove(entry)
        if let count = counts[source]?[entry.key] { keys.append(.init(key: entry.key, count: count)) }
      }
      if !keys.isEmpty { taken.append(ClusterMessage.Counts(source: source, keys: keys)) }
    }
    queue.removeFirst(position)
    return taken
  }
}
