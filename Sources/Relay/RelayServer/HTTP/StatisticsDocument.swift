import RelayCore
import RelayWire
import TextFormats

/// JSON documents of the relay's HTTP API, as pure functions of a report.
enum StatisticsDocument {
  /// Returns the document of `/api/v1/stats`.
  static func statistics(_ report: RelayReport) -> JSON {
    RelayStatistics(report).json(dropReasons: DropReason.allCases.map(\.label))
  }

  /// Returns the document of a probe.
  static func probe(_ outcome: ProbeOutcome) -> JSON { RelayStatistics.ProbeResult("", outcome).last }

  /// Returns the document of `/api/v1/config`.
  static func configuration(_ report: RelayReport) -> JSON {
    let configuration = report.configuration
    func rate(_ value: UInt64?) -> JSON { value.map(JSON.counter) ?? .null }
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
      "reloads": .counter(configuration.reloads), "failedReloads": .counter(configuration.failedReloads),
      "reloadFailure": configuration.reloadFailure.map { .string($0) } ?? .null,
      "declaration": configuration.declaration?.json ?? .null,
    ]
  }

  /// Returns the document of `/api/v1/health`, the self-check.
  static func health(_ report: RelayReport) -> JSON {
    let check = RelaySelfCheck(report)
    return [
      "score": .integer(check.score),
      "components": .array(
        check.components.map { component in
          [
            "name": .string(component.name), "score": .integer(component.score),
            "weight": .measurement(component.weight),
            "detail": .string(component.detail),
          ]
        }),
    ]
  }
}
