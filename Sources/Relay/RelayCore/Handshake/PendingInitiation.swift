/// A forwarded initiation that awaits its response.
struct PendingInitiation {
  let source: Endpoint
  let sender: UInt32
  /// Key of the peer it is for; 0 on an open relay.
  let key: KeyID
  let group: GroupID
  /// Whether its source had proven that it receives what is sent to it.
  let isTrusted: Bool
  var sentAt: Instant
  /// Addresses that it was sent to individually.
  var targets: [Endpoint]
  /// Whether it was also sent to the group.
  var wentToGroup: Bool
  /// Number of answers examined so far.
  var answers = 0
  /// Candidate sessions created by responses to it.
  var candidates: [SessionID] = []
  /// Bytes, headers included, that its source may still be sent; nil if the source is trusted. A source that has proven
  /// nothing gets no more than it sent.
  var credit: Int64?
  /// Member of the cluster at which it arrived, and through which its answers leave; nil if the relay is alone.
  var entrance: MemberID?
}

/// Initiations that await a response, by sender index and address. If there are too many, the oldest is dropped.
/// Strangers have a quarter of the capacity to themselves, so that they cannot displace known addresses.
struct PendingInitiations {
  private var byIndex: [UInt32: [PendingInitiation]] = [:]
  private var known: Line
  private var strangers: Line
  private let perIndex: Int

  var count: Int { known.count + strangers.count }

  init(capacity: Int, perIndex: Int) {
    known = Line(capacity: max(1, capacity / 4 * 3))
    strangers = Line(capacity: max(1, capacity - capacity / 4 * 3))
    self.perIndex = perIndex
  }

  /// Returns the initiations with a sender index.
  func matching(_ sender: UInt32) -> [PendingInitiation] { byIndex[sender] ?? [] }

  /// Stores an initiation, replacing one of the same sender index and source.
  ///
  /// If too many share an index, strangers give way to known addresses, never the reverse.
  ///
  /// - Returns: Whether it was stored.
  mutating func insert(_ initiation: PendingInitiation) -> Bool {
    var list = byIndex[initiation.sender] ?? []
    var kept = initiation
    if let index = list.firstIndex(where: { $0.source == initiation.source }) {
      let earlier = list.remove(at: index)
      count(earlier, -1)
      // An answer may still come from the targets of the earlier copy.
      kept.targets = earlier.targets + initiation.targets.filter { !earlier.targets.contains($0) }
      kept.wentToGroup = earlier.wentToGroup || initiation.wentToGroup
      kept.answers = earlier.answers
      kept.candidates = earlier.candidates
      if let left = earlier.credit, let more = initiation.credit { kept.credit = left + more }
    } else if list.count >= perIndex {
      guard let weakest = list.firstIndex(where: { !$0.isTrusted }) ?? (initiation.isTrusted ? 0 : nil) else {
        return false
      }
      count(list.remove(at: weakest), -1)
    }
    list.append(kept)
    count(kept, 1)
    byIndex[initiation.sender] = list
    let place = Line.Place(sender: initiation.sender, source: initiation.source, sentAt: initiation.sentAt)
    if initiation.isTrusted {
      known.places.append(place)
      while known.isOverfull, let oldest = known.takeOldest() { drop(oldest) }
    } else {
      strangers.places.append(place)
      while strangers.isOverfull, let oldest = strangers.takeOldest() { drop(oldest) }
    }
    return true
  }

  mutating func update(_ sender: UInt32, _ source: Endpoint, _ change: (inout PendingInitiation) -> Void) {
    guard let index = byIndex[sender]?.firstIndex(where: { $0.source == source }) else { return }
    change(&byIndex[sender, default: []][index])
  }

  /// Returns the initiation with a sender index and source.
  func find(_ sender: UInt32, _ source: Endpoint) -> PendingInitiation? {
    matching(sender).first { $0.source == source }
  }

  /// Returns the credit of an initiation's source; 0 if the initiation is gone.
  func credit(of sender: UInt32, _ source: Endpoint) -> Int64 { find(sender, source).map { $0.credit ?? .max } ?? 0 }

  /// Spends from the credit of an initiation's source.
  ///
  /// - Returns: False if there is not enough.
  mutating func spend(_ bytes: Int64, of sender: UInt32, _ source: Endpoint) -> Bool {
    let credit = credit(of: sender, source)
    guard credit >= bytes else { return false }
    update(sender, source) { if $0.credit != nil { $0.credit = credit - bytes } }
    return true
  }

  /// Adds an address that an initiation is sent to.
  ///
  /// - Returns: False if it was already sent there, or if the initiation is gone.
  mutating func addTarget(_ target: Endpoint, of sender: UInt32, _ source: Endpoint) -> Bool {
    guard let initiation = find(sender, source), !initiation.targets.contains(target) else { return false }
    update(sender, source) { $0.targets.append(target) }
    return true
  }

  mutating func remove(where condition: (PendingInitiation) -> Bool) {
    for (sender, list) in byIndex where list.contains(where: condition) {
      for gone in list where condition(gone) { count(gone, -1) }
      let rest = list.filter { !condition($0) }
      byIndex[sender] = rest.isEmpty ? nil : rest
    }
  }

  /// Drops initiations sent before `moment`.
  mutating func expire(before moment: Instant) {
    while let oldest = known.takeOldest(before: moment) { drop(oldest) }
    while let oldest = strangers.takeOldest(before: moment) { drop(oldest) }
  }

  private mutating func count(_ initiation: PendingInitiation, _ difference: Int) {
    if initiation.isTrusted { known.count += difference } else { strangers.count += difference }
  }

  private mutating func drop(_ oldest: Line.Place) {
    guard var list = byIndex[oldest.sender],
      // A replaced initiation has a later entry in the queue too; `sentAt` tells the two apart.
      let index = list.firstIndex(where: { $0.source == oldest.source && $0.sentAt == oldest.sentAt })
    else { return }
    count(list.remove(at: index), -1)
    byIndex[oldest.sender] = list.isEmpty ? nil : list
  }

  /// Initiations in order of arrival, with gaps.
  private struct Line {
    struct Place {
      let sender: UInt32
      let source: Endpoint
      let sentAt: Instant
    }

    let capacity: Int
    /// Initiations still stored; `places` may hold more.
    var count = 0
    var places: [Place] = []
    private var head = 0

    init(capacity: Int) { self.capacity = capacity }

    /// Replaced initiations leave stale entries behind, which count too.
    var isOverfull: Bool { count > capacity || places.count - head > 4 * capacity }

    mutating func takeOldest(before moment: Instant? = nil) -> Place? {
      guard head < places.count, moment.map({ places[head].sentAt < $0 }) ?? true else { return nil }
      defer {
        head += 1
        if head > 4_096, head * 2 > places.count {
          places.removeFirst(head)
          head = 0
        }
      }
      return places[head]
    }
  }
}
