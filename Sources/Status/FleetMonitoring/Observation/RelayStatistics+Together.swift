package import RelayWire

extension RelayStatistics {
  /// Combines the statistics of several instances of a relay.
  ///
  /// Counters are summed. Members of a cluster all know every session, so theirs count once, and what crosses members
  /// counts at the one that has the peer. Each key appears once, as seen by the instance at which it is at home. Nil if
  /// `all` is empty.
  package init?(together all: [RelayStatistics]) {
    guard var sum = all.first else { return nil }
    sum.traffic = sum.trafficOfPeers
    for other in all.dropFirst() { sum.add(other) }
    sum.sessions = Self.sessions(of: all)
    sum.peers = Peer.together(all)
    sum.cluster = nil
    self = sum
  }

  /// Traffic with peers, without what other members passed on or took over.
  var trafficOfPeers: Traffic? {
    guard let traffic, let crossing = cluster?.crossing else { return traffic }
    return traffic - crossing
  }

  /// Returns the number of live sessions; nil if no instance reports any.
  static func sessions(of all: [RelayStatistics]) -> Int? {
    let shared = all.filter { $0.cluster != nil }.compactMap(\.sessions).max()
    let own = all.filter { $0.cluster == nil }.compactMap(\.sessions)
    guard !own.isEmpty else { return shared }
    return own.reduce(shared ?? 0) { $0.saturatingSum($1) }
  }

  private mutating func add(_ other: RelayStatistics) {
    func both<Value>(_ left: Value?, _ right: Value?, _ operation: (Value, Value) -> Value) -> Value? {
      if let left, let right { operation(left, right) } else { left ?? right }
    }
    uptime = both(uptime, other.uptime, max)
    handshakes = both(handshakes, other.handshakes, +)
    responses = both(responses, other.responses) { $0.saturatingSum($1) }
    traffic = both(traffic, other.trafficOfPeers, +)
    drops.merge(other.drops) { $0.saturatingSum($1) }
    tables = both(tables, other.tables, +)
    receiveQueueOverflow = both(receiveQueueOverflow, other.receiveQueueOverflow) { $0.saturatingSum($1) }
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

  fileprivate static func - (left: Self, right: Self) -> Self {
    Self(
      receivedBytes: left.receivedBytes - min(left.receivedBytes, right.receivedBytes),
      receivedPackets: left.receivedPackets - min(left.receivedPackets, right.receivedPackets),
      forwardedBytes: left.forwardedBytes - min(left.forwardedBytes, right.forwardedBytes),
      forwardedPackets: left.forwardedPackets - min(left.forwardedPackets, right.forwardedPackets))
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
  /// What one instance reports of a key.
  private struct Report {
    let peer: RelayStatistics.Peer
    let cluster: RelayStatistics.Cluster?

    /// Orders reports: those of an instance with a session first, then that of the peer's home, then the one with the
    /// latest handshake.
    var rank: (Int, Int, Double) {
      (
        peer.state == .connected ? 0 : peer.state == .idle ? 1 : 2,
        cluster != nil && cluster?.member == peer.member ? 0 : 1, peer.lastHandshakeAge ?? .infinity
      )
    }
  }

  /// Returns each key once, in the order in which the instances report them.
  fileprivate static func together(_ all: [RelayStatistics]) -> [RelayStatistics.Peer] {
    var reports: [String: [Report]] = [:]
    var names: [String] = []
    for statistics in all {
      for peer in statistics.peers {
        if reports[peer.name] == nil { names.append(peer.name) }
        reports[peer.name, default: []].append(Report(peer: peer, cluster: statistics.cluster))
      }
    }
    return names.compactMap { together(reports[$0] ?? []) }
  }

  private static func together(_ reports: [Report]) -> RelayStatistics.Peer? {
    let sorted = reports.sorted { $0.rank < $1.rank }
    guard var result = sorted.first?.peer else { return nil }
    let shared = sorted.filter { $0.cluster != nil }.map(\.peer.sessions).max() ?? 0
    result.sessions = sorted.filter { $0.cluster == nil }.map(\.peer.sessions).reduce(shared) { $0.saturatingSum($1) }
    // Members that know what all have counted, those that have ended included, say almost the same. The highest number is
    // the newest.
    let totals = sorted.compactMap(\.peer.total)
    let others = sorted.map(\.peer).filter { $0.total == nil }
    func sum(
      _ counter: KeyPath<RelayStatistics.Peer, UInt64>, _ total: KeyPath<RelayStatistics.Peer.Total, UInt64>
    ) -> UInt64 {
      others.reduce(totals.map { $0[keyPath: total] }.max() ?? 0) { $0.saturatingSum($1[keyPath: counter]) }
    }
    result.handshakes = sum(\.handshakes, \.handshakes)
    result.receivedBytes = sum(\.receivedBytes, \.receivedBytes)
    result.receivedPackets = sum(\.receivedPackets, \.receivedPackets)
    result.sentBytes = sum(\.sentBytes, \.sentBytes)
    result.sentPackets = sum(\.sentPackets, \.sentPackets)
    // A member that did not take part in the handshake has not measured it.
    result.handshakeMilliseconds = sorted.lazy.compactMap(\.peer.handshakeMilliseconds).first
    result.pathMilliseconds = sorted.lazy.compactMap(\.peer.pathMilliseconds).first
    return result
  }
}
