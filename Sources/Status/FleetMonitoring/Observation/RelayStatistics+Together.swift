package import RelayWire

extension RelayStatistics {
  /// Combines the statistics of several instances of a relay.
  ///
  /// Counters are summed; each key appears once, as seen by the instance it is connected to. Nil if `all` is empty.
  package init?(together all: [RelayStatistics]) {
    guard var sum = all.first else { return nil }
    for other in all.dropFirst() { sum.add(other) }
    self = sum
  }

  private mutating func add(_ other: RelayStatistics) {
    func both<Value>(_ left: Value?, _ right: Value?, _ operation: (Value, Value) -> Value) -> Value? {
      if let left, let right { operation(left, right) } else { left ?? right }
    }
    uptime = both(uptime, other.uptime, max)
    handshakes = both(handshakes, other.handshakes, +)
    responses = both(responses, other.responses) { $0.saturatingSum($1) }
    sessions = both(sessions, other.sessions) { $0.saturatingSum($1) }
    traffic = both(traffic, other.traffic, +)
    drops.merge(other.drops) { $0.saturatingSum($1) }
    tables = both(tables, other.tables, +)
    receiveQueueOverflow = both(receiveQueueOverflow, other.receiveQueueOverflow) { $0.saturatingSum($1) }
    let places = Dictionary(peers.enumerated().map { ($1.name, $0) }) { first, _ in first }
    for peer in other.peers {
      guard let place = places[peer.name] else {
        peers.append(peer)
        continue
      }
      peers[place].add(peer)
    }
    let known = Set(probes.map(\.name))
    probes += other.probes.filter { !known.contains($0.name) }
  }
}

extension RelayStatistics.Traffic {
  package static func + (left: Self, right: Self) -> Self {
    Self(
      receivedBytes: left.receivedBytes.saturatingSum(right.receivedBytes),
      receivedPackets: left.receivedPackets.saturatingSum(right.receivedPackets),
      forwardedBytes: left.forwardedBytes.saturatingSum(right.forwardedBytes),
      forwardedPackets: left.forwardedPackets.saturatingSum(right.forwardedPackets))
  }
}

extension RelayStatistics.Tables {
  package static func + (left: Self, right: Self) -> Self {
    Self(
      addresses: left.addresses.saturatingSum(right.addresses),
      pendingInitiations: left.pendingInitiations.saturatingSum(right.pendingInitiations),
      sessionCandidates: left.sessionCandidates.saturatingSum(right.sessionCandidates),
      roamingCandidates: left.roamingCandidates.saturatingSum(right.roamingCandidates))
  }
}

extension RelayStatistics.Peer {
  /// Merges what another instance knows about the same key.
  ///
  /// The connected instance, or else the one with the later handshake, determines the endpoint.
  fileprivate mutating func add(_ other: Self) {
    func rank(_ peer: Self) -> (Int, Double) {
      (peer.state == .connected ? 0 : peer.state == .idle ? 1 : 2, peer.lastHandshakeAge ?? .infinity)
    }
    let (before, after) = (self, other)
    if rank(after) < rank(before) { self = after }
    sessions = before.sessions.saturatingSum(after.sessions)
    handshakes = before.handshakes.saturatingSum(after.handshakes)
    receivedBytes = before.receivedBytes.saturatingSum(after.receivedBytes)
    receivedPackets = before.receivedPackets.saturatingSum(after.receivedPackets)
    sentBytes = before.sentBytes.saturatingSum(after.sentBytes)
    sentPackets = before.sentPackets.saturatingSum(after.sentPackets)
  }
}
