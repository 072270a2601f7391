/// An initiation that was forwarded and waits for its response.
struct PendingInitiation {
  let source: Endpoint
  let sender: UInt32
  /// Whom it is for; 0 on an open relay.
  let key: KeyID
  let group: GroupID
  /// Whether its source was known to receive what is sent to it.
  let isTrusted: Bool
  var sentAt: Instant
  /// Where it went; empty where it went to the whole group.
  var targets: [Endpoint]
  /// The sessions that responses to it would make.
  var candidates: [SessionID] = []
}

/// Initiations that wait, by their sender index and address; the oldest goes when there are too many.
struct PendingInitiations {
  private var byIndex: [UInt32: [PendingInitiation]] = [:]
  /// The order of their coming, with gaps.
  private var order: [(sender: UInt32, source: Endpoint, sentAt: Instant)] = []
  private var head = 0
  private(set) var count = 0
  private let capacity: Int
  private let perIndex: Int

  init(capacity: Int, perIndex: Int) {
    self.capacity = capacity
    self.perIndex = perIndex
  }

  func matching(_ sender: UInt32) -> [PendingInitiation] { byIndex[sender] ?? [] }

  /// Keeps an initiation; one of the same sender index and source is renewed. Where too many share an index, strangers
  /// give way to known addresses, and never the other way round.
  ///
  /// - Returns: False where it was not kept.
  mutating func insert(_ initiation: PendingInitiation) -> Bool {
    var list = byIndex[initiation.sender] ?? []
    if let index = list.firstIndex(where: { $0.source == initiation.source }) {
      list[index].sentAt = initiation.sentAt
      // An answer may still come from where the first copy went.
      list[index].targets =
        initiation.targets.isEmpty || list[index].targets.isEmpty
        ? [] : list[index].targets + initiation.targets.filter { !list[index].targets.contains($0) }
    } else {
      if list.count >= perIndex {
        guard let weakest = list.firstIndex(where: { !$0.isTrusted }) ?? (initiation.isTrusted ? 0 : nil) else {
          return false
        }
        list.remove(at: weakest)
        count -= 1
      }
      list.append(initiation)
      count += 1
    }
    byIndex[initiation.sender] = list
    order.append((initiation.sender, initiation.source, initiation.sentAt))
    while count > capacity, let oldest = popOldest() { drop(oldest) }
    return true
  }

  mutating func update(_ sender: UInt32, _ source: Endpoint, _ change: (inout PendingInitiation) -> Void) {
    guard let index = byIndex[sender]?.firstIndex(where: { $0.source == source }) else { return }
    change(&byIndex[sender, default: []][index])
  }

  mutating func remove(where condition: (PendingInitiation) -> Bool) {
    for (sender, list) in byIndex where list.contains(where: condition) {
      let rest = list.filter { !condition($0) }
      count -= list.count - rest.count
      byIndex[sender] = rest.isEmpty ? nil : rest
    }
  }

  /// Forgets what was sent before `moment`.
  mutating func expire(before moment: Instant) {
    while head < order.count, order[head].sentAt < moment, let oldest = popOldest() { drop(oldest) }
  }

  private mutating func popOldest() -> (sender: UInt32, source: Endpoint, sentAt: Instant)? {
    guard head < order.count else { return nil }
    defer {
      head += 1
      if head > 4_096, head * 2 > order.count {
        order.removeFirst(head)
        head = 0
      }
    }
    return order[head]
  }

  private mutating func drop(_ oldest: (sender: UInt32, source: Endpoint, sentAt: Instant)) {
    guard var list = byIndex[oldest.sender],
      // A renewed one stands further back in the order too.
      let index = list.firstIndex(where: { $0.source == oldest.source && $0.sentAt == oldest.sentAt })
    else { return }
    list.remove(at: index)
    count -= 1
    byIndex[oldest.sender] = list.isEmpty ? nil : list
  }
}
