package import TextFormats

extension RelayStatistics {
  /// Returns the document. Parts that are nil are left out.
  ///
  /// - Parameter reasons: every reason for a drop, in the order of the document. One without a count is written as zero.
  package func json(dropReasons reasons: [String]) -> JSON {
    let members: [(Member, JSON?)] = [
      (.uptimeSeconds, uptime.map(JSON.measurement)), (.handshakes, handshakesJSON),
      (.sessions, sessions.map { .integer($0) }),
      (.connectedPeers, .integer(peers.count { $0.state == .connected })), (.traffic, traffic?.json),
      (.drops, .object(JSON.Members(reasons.map { ($0, .counter(drops[$0] ?? 0)) }))),
      (.receiveQueueOverflow, receiveQueueOverflow.map(JSON.counter)), (.tables, tables?.json),
      (.cluster, cluster?.json),
      (.peers, .array(peers.map(\.json))),
      (.probes, .array(probes.map { .object([(ProbeResult.Member.name, .string($0.name)), (.last, $0.last)]) })),
    ]
    return .object(members)
  }

  private var handshakesJSON: JSON? {
    guard let handshakes else { return nil }
    return .object([
      (HandshakesMember.total, .counter(handshakes.initiated)), (.responses, responses.map(JSON.counter)),
      (.successful, .counter(handshakes.completed)),
    ])
  }
}

extension RelayStatistics.Traffic {
  fileprivate var json: JSON {
    .object([
      (RelayStatistics.TrafficMember.receivedBytes, .counter(receivedBytes)),
      (.receivedPackets, .counter(receivedPackets)), (.forwardedBytes, .counter(forwardedBytes)),
      (.forwardedPackets, .counter(forwardedPackets)),
    ])
  }
}

extension RelayStatistics.Tables {
  fileprivate var json: JSON {
    .object([
      (RelayStatistics.TablesMember.addresses, .integer(addresses)),
      (.pendingInitiations, .integer(pendingInitiations)), (.sessionCandidates, .integer(sessionCandidates)),
      (.roamingCandidates, .integer(roamingCandidates)),
    ])
  }
}

extension RelayStatistics.Cluster {
  fileprivate var json: JSON {
    let members: [(Name, JSON?)] = [
      (.member, .string(member)), (.ready, .bool(ready)), (.homes, .integer(homes)), (.lost, .integer(lost)),
      (.crossing, crossing?.json), (.members, .array(members.map(\.json))),
    ]
    return .object(members)
  }
}

extension RelayStatistics.Cluster.Member {
  fileprivate var json: JSON {
    .object([
      (Name.member, .string(member)), (.address, .string(address)), (.state, .string(state)),
      (.roundTripMilliseconds, roundTripMilliseconds.map(JSON.measurement) ?? .null), (.agrees, .bool(agrees)),
      (.homes, .integer(homes)),
    ])
  }
}

extension RelayStatistics.Peer {
  fileprivate var json: JSON {
    let members: [(Member, JSON?)] = [
      (.name, .string(name)), (.alias, .text(alias)), (.fingerprint, .text(fingerprint)), (.group, .text(group)),
      (.state, .string(state.rawValue)), (.endpoint, .text(endpoint)), (.sessions, .integer(sessions)),
      (.handshakes, .counter(handshakes)), (.lastHandshakeSeconds, lastHandshakeAge.map(JSON.measurement) ?? .null),
      (.receivedBytes, .counter(receivedBytes)), (.receivedPackets, .counter(receivedPackets)),
      (.sentBytes, .counter(sentBytes)), (.sentPackets, .counter(sentPackets)),
      (.handshakeMilliseconds, handshakeMilliseconds.map(JSON.measurement) ?? .null),
      (.pathMilliseconds, pathMilliseconds.map(JSON.measurement) ?? .null), (.member, member.map { .string($0) }),
      (.total, total?.json),
    ]
    return .object(members)
  }
}

extension RelayStatistics.Peer.Total {
  fileprivate var json: JSON {
    let members: [(RelayStatistics.Peer.Member, JSON?)] = [
      (.handshakes, .counter(handshakes)), (.receivedBytes, .counter(receivedBytes)),
      (.receivedPackets, .counter(receivedPackets)), (.sentBytes, .counter(sentBytes)),
      (.sentPackets, .counter(sentPackets)),
    ]
    return .object(members)
  }
}

extension RelayStatistics.ProbeResult {
  /// The result without the probe's name, which is also the response of `/api/v1/diagnostics`; null before the first
  /// run.
  package var last: JSON {
    guard let reached else { return .null }
    var members: [(LastMember, JSON?)] = [
      (.kind, .text(kind)), (.target, .text(target)), (.address, .text(address)), (.finishedAt, .text(finishedAt)),
      (.reached, .bool(reached)), (.failure, failure.map { .string($0) }),
    ]
    if kind == Self.traceroute {
      members.append((.hops, .array(hops.map(\.json))))
    } else {
      members += [
        (.sent, .integer(sent ?? 0)), (.received, .integer(received ?? milliseconds.count)),
        (.milliseconds, .array(milliseconds.map(JSON.measurement))),
      ]
    }
    return .object(members)
  }
}

extension RelayStatistics.Hop {
  fileprivate var json: JSON {
    .object([
      (Member.hop, .integer(number)), (.address, .text(address)),
      (.milliseconds, .array(milliseconds.map(JSON.measurement))), (.reached, .bool(reached)),
    ])
  }
}

extension JSON {
  /// Returns an object without the members whose value is nil.
  fileprivate static func object<Name: CodingKey>(_ members: [(Name, JSON?)]) -> JSON {
    .object(Members(members.compactMap { name, value in value.map { (name: name.stringValue, value: $0) } }))
  }

  fileprivate static func text(_ text: String?) -> JSON { text.map { .string($0) } ?? .null }

  /// Returns a counter, clamped to the range of `Int`.
  package static func counter(_ value: UInt64) -> JSON { .integer(Int(clamping: value)) }

  /// Returns a measured number, rounded to three decimals.
  package static func measurement(_ value: Double) -> JSON { .number((value * 1_000).rounded() / 1_000) }
}
