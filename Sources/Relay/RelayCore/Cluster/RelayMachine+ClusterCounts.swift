/// Counts of keys, which the members of a cluster share, so that a key's total survives the processes that counted it.
extension RelayMachine {
  /// Sends the members what has changed since the last look, and from time to time everything.
  mutating func sendCounts(at now: Instant) {
    guard let next = cluster?.counts.nextLook else { return }
    if now >= next {
      cluster?.counts.nextLook = now.advanced(nanoseconds: SharedCounts.pause)
      noteOwnCounts(at: now)
    }
    if let next = cluster?.counts.nextRepetition, now >= next {
      cluster?.counts.nextRepetition = now.advanced(nanoseconds: SharedCounts.repetition)
      repeatCounts(at: now)
    }
    send(cluster?.counts.takeQueued(messages: SharedCounts.messagesPerTurn) ?? [], at: now)
  }

  /// Sends all counts, because this process ends.
  mutating func sendLastCounts(at now: Instant) {
    noteOwnCounts(at: now)
    sendAllCounts()
    send(cluster?.counts.takeQueued(messages: .max) ?? [], at: now)
  }

  /// Queues all counts for the other members.
  mutating func sendAllCounts() { cluster?.counts.sendAll { _ in true } }

  /// Takes counts from another member.
  mutating func receive(_ message: ClusterMessage.Counts) {
    for entry in message.keys where directory.number(of: entry.key) != nil {
      cluster?.counts.take(entry.count, of: entry.key, at: message.source)
    }
  }

  /// Forgets the counts of keys that are gone.
  mutating func forgetCounts() {
    let directory = directory
    cluster?.counts.keep { directory.number(of: $0) != nil }
  }

  private mutating func noteOwnCounts(at now: Instant) {
    guard let own = cluster?.counts.own else { return }
    for (id, live) in liveCounts(at: now) {
      guard let key = directory[id]?.key.publicKey else { continue }
      if cluster?.counts.take(live.count, of: key, at: own) == true { cluster?.counts.send(key, of: own) }
    }
  }

  /// Queues this process's counts, and, at the member with the lowest number, those of processes that have ended.
  private mutating func repeatCounts(at now: Instant) {
    guard let cluster else { return }
    let own = cluster.counts.own
    let isFirst = cluster.members.reachable(at: now).allSatisfy { $0.id > cluster.id }
    self.cluster?.counts.sendAll { $0 == own || isFirst }
  }

  private mutating func send(_ messages: [ClusterMessage.Counts], at now: Instant) {
    guard !messages.isEmpty else { return }
    for member in cluster?.members.reachable(at: now) ?? [] {
      for message in messages { clusterOutbox.append((member.control, .counts(message))) }
    }
  }
}
