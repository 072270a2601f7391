import RelayCore
import RelayWire

extension RelayStatistics {
  /// Creates the document of `/api/v1/stats`.
  init(_ report: RelayReport) {
    func counter(_ counter: Counter) -> UInt64 { report.counters[counter] ?? 0 }
    let statistics = report.statistics
    self.init()
    uptime = report.uptimeSeconds
    handshakes = HandshakeCount(initiated: statistics.initiations, completed: statistics.handshakes)
    responses = statistics.responses
    sessions = statistics.sessions
    traffic = Traffic(
      receivedBytes: counter(.receivedBytes), receivedPackets: counter(.receivedPackets),
      forwardedBytes: counter(.forwardedBytes), forwardedPackets: counter(.forwardedPackets))
    drops = Dictionary(uniqueKeysWithValues: report.drops.map { ($0.key.label, $0.value) })
    receiveQueueOverflow = counter(.queueOverflow)
    tables = Tables(
      addresses: statistics.addresses, pendingInitiations: statistics.pendingInitiations,
      sessionCandidates: statistics.candidates, roamingCandidates: statistics.roamingCandidates)
    cluster = report.cluster.map { Cluster($0) }
    peers = statistics.peers.map { Peer($0) }
    probes = report.probes.map { ProbeResult($0.probe.name, $0.outcome) }
  }
}

extension RelayStatistics.Cluster {
  init(_ report: ClusterReport) {
    self.init(
      member: String(report.id, radix: 16), ready: report.isReady, homes: report.homes, lost: report.lost,
      crossing: RelayStatistics.Traffic(
        receivedBytes: report.fromMembers.bytes, receivedPackets: report.fromMembers.packets,
        forwardedBytes: report.toMembers.bytes, forwardedPackets: report.toMembers.packets),
      members: report.members.map {
        Member(
          member: String($0.id, radix: 16), address: $0.control.description, state: $0.state.rawValue,
          roundTripMilliseconds: $0.roundTrip, agrees: $0.agrees, homes: $0.homes)
      })
  }
}

extension RelayStatistics.Peer {
  init(_ peer: PeerStatistics) {
    self.init(name: peer.name, state: State(peer.state))
    alias = peer.alias
    fingerprint = peer.fingerprint
    group = peer.group
    endpoint = peer.endpoint.isNone ? nil : peer.endpoint.description
    sessions = peer.sessions
    handshakes = peer.handshakes
    lastHandshakeAge = peer.lastHandshakeAge
    receivedBytes = peer.receivedBytes
    receivedPackets = peer.receivedPackets
    sentBytes = peer.sentBytes
    sentPackets = peer.sentPackets
    handshakeMilliseconds = peer.handshakeTime
    pathMilliseconds = peer.pathTime
    member = peer.member.map { String($0, radix: 16) }
    total = peer.total.map {
      Total(
        handshakes: $0.handshakes, receivedBytes: $0.received.bytes, receivedPackets: $0.received.packets,
        sentBytes: $0.sent.bytes, sentPackets: $0.sent.packets)
    }
  }
}

extension RelayStatistics.Peer.State {
  fileprivate init(_ state: PeerStatistics.State) {
    switch state {
    case .connected: self = .connected
    case .idle: self = .idle
    case .never: self = .never
    }
  }
}

extension RelayStatistics.ProbeResult {
  /// - Parameter outcome: nil if the probe has not run yet.
  init(_ name: String, _ outcome: ProbeOutcome?) {
    self.init(name: name)
    guard let outcome else { return }
    switch outcome.kind {
    case .ping: kind = "ping"
    case .traceroute: kind = Self.traceroute
    }
    target = outcome.target
    address = outcome.address
    finishedAt = outcome.finishedAt
    reached = outcome.reached
    failure = outcome.failure
    sent = outcome.sent
    received = outcome.times.count
    milliseconds = outcome.times
    hops = outcome.hops.map {
      RelayStatistics.Hop(number: $0.number, address: $0.address, milliseconds: $0.times, reached: $0.reached)
    }
  }
}
