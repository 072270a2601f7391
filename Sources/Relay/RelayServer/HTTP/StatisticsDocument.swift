import RelayCore
import TextFormats

/// JSON documents of the relay's HTTP API, as pure functions of a report.
enum StatisticsDocument {
  /// Returns the document of `/api/v1/stats`.
  static func statistics(_ report: RelayReport) -> JSON {
    let statistics = report.statistics
    return [
      "uptimeSeconds": number(report.uptimeSeconds),
      "handshakes": [
        "total": integer(statistics.initiations), "responses": integer(statistics.responses),
        "successful": integer(statistics.handshakes),
      ],
      "sessions": .integer(statistics.sessions),
      "connectedPeers": .integer(statistics.peers.count { $0.state == .connected }),
      "traffic": [
        "receivedBytes": counter(report, .receivedBytes), "receivedPackets": counter(report, .receivedPackets),
        "forwardedBytes": counter(report, .forwardedBytes), "forwardedPackets": counter(report, .forwardedPackets),
      ],
      "drops": .object(JSON.Members(DropReason.allCases.map { ($0.label, integer(report.drops[$0] ?? 0)) })),
      "receiveQueueOverflow": counter(report, .queueOverflow),
      "tables": [
        "addresses": .integer(statistics.addresses), "pendingInitiations": .integer(statistics.pendingInitiations),
        "sessionCandidates": .integer(statistics.candidates),
        "roamingCandidates": .integer(statistics.roamingCandidates),
      ],
      "peers": .array(statistics.peers.map(peer)),
      "probes": .array(
        report.probes.map { probe in
          ["name": .string(probe.probe.name), "last": probe.outcome.map(self.probe) ?? .null]
        }),
    ]
  }

  private static func peer(_ peer: PeerStatistics) -> JSON {
    [
      "name": .string(peer.name), "alias": peer.alias.map { .string($0) } ?? .null,
      "fingerprint": .string(peer.fingerprint), "group": .string(peer.group), "state": .string(peer.state.rawValue),
      "endpoint": peer.endpoint.isNone ? .null : .string(peer.endpoint.description),
      "sessions": .integer(peer.sessions), "handshakes": integer(peer.handshakes),
      "lastHandshakeSeconds": peer.lastHandshakeAge.map(number) ?? .null,
      "receivedBytes": integer(peer.receivedBytes), "receivedPackets": integer(peer.receivedPackets),
      "sentBytes": integer(peer.sentBytes), "sentPackets": integer(peer.sentPackets),
      "handshakeMilliseconds": peer.handshakeTime.map(number) ?? .null,
      "pathMilliseconds": peer.pathTime.map(number) ?? .null,
    ]
  }

  /// Returns the document of a probe.
  static func probe(_ outcome: ProbeOutcome) -> JSON {
    var members: JSON.Members = [
      "kind": .string(outcome.kind.rawValue), "target": .string(outcome.target), "address": .string(outcome.address),
      "finishedAt": .string(outcome.finishedAt), "reached": .bool(outcome.reached),
    ]
    if let failure = outcome.failure { members["failure"] = .string(failure) }
    switch outcome.kind {
    case .ping:
      members["sent"] = .integer(outcome.sent)
      members["received"] = .integer(outcome.times.count)
      members["milliseconds"] = .array(outcome.times.map(number))
    case .traceroute:
      members["hops"] = .array(
        outcome.hops.map { hop in
          [
            "hop": .integer(hop.number), "address": hop.address.map { .string($0) } ?? .null,
            "milliseconds": .array(hop.times.map(number)), "reached": .bool(hop.reached),
          ]
        })
    }
    return .object(members)
  }

  /// Returns the document of `/api/v1/config`.
  static func configuration(_ report: RelayReport) -> JSON {
    let configuration = report.configuration
    func rate(_ value: UInt64?) -> JSON { value.map(integer) ?? .null }
    return [
      "port": .integer(Int(configuration.port)), "open": .bool(configuration.open),
      "keys": .integer(configuration.keys),
      "groups": .integer(configuration.groups), "keySetDigest": .string(configuration.keySetDigest),
      "broadcastRate": configuration.broadcastRate.map { .integer(Int($0)) } ?? .null,
      "bitsPerSecond": rate(configuration.caps.relayBitsPerSecond),
      "packetsPerSecond": rate(configuration.caps.relayPacketsPerSecond),
      "perKey": [
        "bitsPerSecond": rate(configuration.caps.keyBitsPerSecond),
        "packetsPerSecond": rate(configuration.caps.keyPacketsPerSecond),
      ],
      "gso": .bool(configuration.segmentation), "gro": .bool(configuration.receivesCoalesced),
      "roaming": .string(configuration.strictRoaming ? "strict" : "candidate"),
      "workers": .integer(configuration.workers), "receiveBufferBytes": .integer(configuration.receiveBuffer),
      "macSearch": .string(configuration.macSearch), "loadedAt": .string(configuration.loadedAt),
      "reloads": integer(configuration.reloads), "failedReloads": integer(configuration.failedReloads),
      "reloadFailure": configuration.reloadFailure.map { .string($0) } ?? .null,
    ]
  }

  /// Returns the document of `/api/v1/health`.
  static func health(_ report: RelayReport) -> JSON {
    let health = RelayHealth(report)
    return [
      "score": .integer(health.score),
      "components": .array(
        health.components.map { component in
          [
            "name": .string(component.name), "score": .integer(component.score), "weight": number(component.weight),
            "detail": .string(component.detail),
          ]
        }),
    ]
  }

  /// Returns a JSON number, clamped to the range of `Int`.
  static func integer(_ value: UInt64) -> JSON { .integer(Int(clamping: value)) }

  /// Returns a JSON number rounded to three decimals.
  static func number(_ value: Double) -> JSON { .number((value * 1_000).rounded() / 1_000) }

  private static func counter(_ report: RelayReport, _ counter: Counter) -> JSON {
    integer(report.counters[counter] ?? 0)
  }
}
