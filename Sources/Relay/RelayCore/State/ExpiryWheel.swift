/// Says what has expired, at a cost that does not depend on how much has not: a ring of one-second buckets.
///
/// An entry may be asked about earlier than its owner's deadline; the owner answers whether it is due, and if not, when.
struct ExpiryWheel<Element: Sendable>: Sendable {
  private var buckets: [[Element]]
  private var second: UInt64
  private(set) var count = 0

  init(at now: Instant) {
    buckets = Array(repeating: [], count: 512)
    second = now.seconds
  }

  mutating func add(_ element: Element, at deadline: Instant) {
    // Later than a turn of the wheel: it is asked again at the end of this one.
    let due = min(max(deadline.seconds + 1, second + 1), second + UInt64(buckets.count) - 1)
    buckets[Int(due % UInt64(buckets.count))].append(element)
    count += 1
  }

  /// Takes out every element that may be due by `now`; the caller adds again those that are not.
  mutating func takeDue(by now: Instant) -> [Element] {
    var due: [Element] = []
    // After a long sleep, one turn visits everything.
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
