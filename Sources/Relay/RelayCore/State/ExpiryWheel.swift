/// Expiry times at a cost independent of the number of entries that are not due: a ring of one-second buckets.
///
/// An entry may come up before its deadline; its owner checks whether it is due, and otherwise adds it again.
struct ExpiryWheel<Element: Sendable>: Sendable {
  private var buckets: [[Element]]
  private var second: UInt64
  private(set) var count = 0

  init(at now: Instant) {
    buckets = Array(repeating: [], count: 512)
    second = now.seconds
  }

  mutating func add(_ element: Element, at deadline: Instant) {
    // A deadline beyond one turn of the wheel comes up at the end of this turn and is added again.
    let due = min(max(deadline.seconds + 1, second + 1), second + UInt64(buckets.count) - 1)
    buckets[Int(due % UInt64(buckets.count))].append(element)
    count += 1
  }

  /// Removes and returns every element that may be due by `now`; the caller adds those that are not due again.
  mutating func takeDue(by now: Instant) -> [Element] {
    var due: [Element] = []
    // After a long sleep, one turn visits every bucket.
    if now.seconds > second + UInt64(buckets.count) { second = now.seconds - UInt64(buckets.count) }
    while second < now.seconds {
      second += 1
      let place = Int(second % UInt64(buckets.count))
      due.append(contentsOf: buckets[place])
      buckets[place] = []
    }
    count -= due.count
    return due
  }
}
