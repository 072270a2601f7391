import RelayWire
import TestSupport
import TextFormats
import Testing

@testable import RelayCore
@testable import RelayServer

/// The document of `/api/v1/stats`, byte by byte: programs of others read it.
@Suite struct StatisticsDocumentTests {
  private static let peers = [
    PeerStatistics(
      name: "hq", alias: "Head office", fingerprint: "SHA256:x", group: "acme", state: .connected,
      endpoint: Endpoint(ipv4: 0xc633_640a, port: 51_820), sessions: 1, handshakes: 12, lastHandshakeAge: 4.25,
      receivedBytes: .max, receivedPackets: 2, sentBytes: 20, sentPackets: 1, handshakeTime: 12.34567, pathTime: 8),
    PeerStatistics(
      name: "b", alias: nil, fingerprint: "SHA256:y", group: "", state: .never, endpoint: .none, sessions: 0,
      handshakes: 0, lastHandshakeAge: nil, receivedBytes: 0, receivedPackets: 0, sentBytes: 0, sentPackets: 0,
      handshakeTime: nil, pathTime: nil),
  ]

  private static func outcome(
    _ kind: RelayConfiguration.Probe.Kind, times: [Double] = [], hops: [ProbeOutcome.Hop] = [], failure: String? = nil
  ) -> ProbeOutcome {
    ProbeOutcome(
      kind: kind, target: "gateway", address: failure == nil ? "192.0.2.1" : "", finishedAt: "2026-11-25T04:39:00Z",
      sent: 4, times: times, hops: hops, failure: failure)
  }

  private static let probes =
    [
      ("never", nil),
      ("ping", outcome(.ping, times: [0.25, 12.34567])),
      ("failed", outcome(.ping, failure: "not \"found\"")),
      (
        "route",
        outcome(
          .traceroute,
          hops: [
            ProbeOutcome.Hop(number: 1, address: nil, times: [], reached: false),
            ProbeOutcome.Hop(number: 2, address: "192.0.2.1", times: [1.5], reached: true),
          ])
      ),
    ] as [(String, ProbeOutcome?)]

  static let report = RelayReport(
    statistics: MachineStatistics(
      initiations: 121, responses: 120, handshakes: 119, pairsTried: 7, pairsMade: 6, sessions: 3, candidates: 2,
      pendingInitiations: 4, addresses: 5, roamingCandidates: 1, peers: peers),
    counters: [
      .receivedBytes: .max, .receivedPackets: 4, .forwardedBytes: 3, .forwardedPackets: 2, .queueOverflow: 9,
    ], drops: [.malformed: 7, .moved: 0, .sourceRate: 1], occupancy: [], recent: RecentTraffic(), receiveFailure: nil,
    uptimeSeconds: 86.50049,
    configuration: ConfigurationReport(
      port: 40_000, open: false, keys: 2, groups: 1, keySetDigest: "", caps: Caps(), broadcastRate: nil,
      segmentation: false, receivesCoalesced: false, strictRoaming: false, workers: 1, receiveBuffer: 0, macSearch: "",
      loadedAt: "", reloads: 0, failedReloads: 0, reloadFailure: nil, declaration: nil),
    cluster: nil,
    probes: probes.map { name, outcome in
      ProbeReport(
        probe: RelayConfiguration.Probe(name: name, kind: outcome?.kind ?? .ping, target: "gateway"), outcome: outcome)
    })

  @Test func statisticsKeepTheirBytes() {
    expectGolden(
      StatisticsDocument.statistics(Self.report).text(.compact), at: "\(folder())/Golden/statistics.json")
  }

  @Test func diagnosticsKeepTheirBytes() {
    let texts = Self.probes.compactMap { $0.1 }.map { StatisticsDocument.probe($0).text(.compact) }
    expectGolden(texts.joined(separator: "\n"), at: "\(folder())/Golden/probes.json")
  }

  /// What is written is read back, apart from clamped and rounded numbers.
  @Test func statisticsAreReadBack() throws {
    let text = StatisticsDocument.statistics(Self.report).text(.compact)
    let read = try #require(RelayStatistics(parsing: text.utf8))
    #expect(read.json(dropReasons: DropReason.allCases.map(\.label)).text(.compact) == text)
    var written = RelayStatistics(Self.report)
    written.uptime = 86.5
    written.traffic?.receivedBytes = UInt64(Int.max)
    written.drops = ["malformed": 7, "source_rate": 1]
    written.peers[0].receivedBytes = UInt64(Int.max)
    written.peers[0].handshakeMilliseconds = 12.346
    #expect(read.peers == written.peers)
    written.probes = read.probes
    #expect(read == written)
  }

  @Test func clusterIsReadBack() {
    var written = RelayStatistics()
    let other = ClusterReport.Member(
      id: .max, control: Endpoint(ipv4: 0x0A00_0001, port: 7_000), state: .alive, roundTrip: 0.25, agrees: true,
      homes: 3)
    written.cluster = RelayStatistics.Cluster(
      ClusterReport(
        id: 31, isReady: true, homes: 2, members: [other], lost: 1, fromMembers: Volume(packets: 1, bytes: 148),
        toMembers: Volume(packets: 2, bytes: 296)))
    written.peers = [RelayStatistics.Peer(name: "hq", state: .connected)]
    written.peers[0].member = "ffffffffffffffff"
    #expect(written.cluster?.crossing?.receivedBytes == 148 && written.cluster?.crossing?.forwardedPackets == 2)
    #expect(RelayStatistics(parsing: written.json(dropReasons: []).text(.compact).utf8) == written)
  }
}
