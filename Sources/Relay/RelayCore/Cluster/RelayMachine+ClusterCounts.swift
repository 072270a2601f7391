/// Counts of keys, which the members of a cluster share, so that a key's total survives the processes that counted it.
extension RelayMachine {
  /// Sends the members what has changed since the last look, and from time to time everything.
  mutating func sendCounts(at now: Instant) {
    guard let next = cluster?.counts.nextLook else { return }
    if now >= next, cluster?.countWalk == nil {
      cluster?.counts.nextLook = now.advanced(nanoseconds: SharedCounts.pause)
      cluster?.countWalk = CountWalk(of: Array(keys.keys))
    }
    walkCounts(limit: CountWalk.slice(ofSessions: sessions.count))
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
    // Another key may get the number of one that is gone.
    cluster?.countWalk = nil
    cluster?.counts.keep { directory.number(of: $0) != nil }
  }

  private mutating func noteOwnCounts(at now: Instant) {
    cluster?.countWalk = CountWalk(of: Array(keys.keys))
    while cluster?.countWalk != nil { walkCounts(limit: .max) }
  }

  /// Goes on with the look at this process's own counts.
  ///
  /// - Parameter limit: Number of keys and sessions to read, and then of counts to compare with what the members know.
  mutating func walkCounts(limit: Int) {
    guard var walk = cluster?.countWalk else { return }
    // Otherwise it would be copied.
    cluster?.countWalk = nil
    let keysEnd = walk.keys.count - walk.keysRead > limit ? walk.keysRead + limit : walk.keys.count
    for id in walk.keys[walk.keysRead..<keysEnd] { if let state = keys[id] { walk.counts[id] = state.count } }
    var left = limit - (keysEnd - walk.keysRead)
    walk.keysRead = keysEnd
    let sessionsEnd = sessions.count - walk.sessionsRead > left ? walk.sessionsRead + left : sessions.count
    while walk.sessionsRead < sessionsEnd {
      if sessions[walk.sessionsRead].state == .confirmed {
        let (initiator, responder) = ends(ofSession: walk.sessionsRead)
        walk.add(initiator)
        walk.add(responder)
      }
      walk.sessionsRead += 1
      left -= 1
    }
    guard left > 0, walk.sessionsRead >= sessions.count else {
      cluster?.countWalk = walk
      return
    }
    let own = cluster?.counts.own ?? 0
    var uncompared = walk.uncompared ?? Array(walk.counts.keys)
    while left > 0, let id = uncompared.popLast() {
      left -= 1
      guard let count = walk.counts[id], let key = directory[id]?.key.publicKey else { continue }
      if cluster?.counts.take(count, of: key, at: own) == true { cluster?.counts.send(key, of: own) }
    }
    walk.uncompared = uncompared
    if !uncompared.isEmpty { cluster?.countWalk = walk }
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
