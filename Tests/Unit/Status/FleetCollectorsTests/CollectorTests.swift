import FleetMonitoring
import FleetCollectors
import FoundationEssentials
import RelayWire
import TestSupport
import Testing

/// Relays that misbehave in every way, beside one that does not.
@Suite struct CollectorTests {
  private static let good = FaultyServer.http(Array(#"{"uptimeSeconds": 5, "sessions": 3}"#.utf8))

  private func reason(_ reports: Reports, _ name: String) -> String? {
    guard case .silent(let reason)? = reports.observations(name).last?.instances.first?.answer else { return nil }
    return reason.text
  }

  @Test(.timeLimit(.minutes(2))) func realRelaysOneOfThemKilled() async throws {
    let (key, other) = (RelayProcess.key(7), RelayProcess.key(8))
    let first = try await RelayProcess(keys: [key, other])
    defer { first.end() }
    let second = try await RelayProcess(keys: [key])
    let runtime = KnownRelays(
      name: "test",
      placements: [
        KnownRelays.running("first", at: "127.0.0.1:\(first.statistics)"),
        KnownRelays.running("second", at: "127.0.0.1:\(second.statistics)"),
      ])
    try await withCollector(
      [runtime],
      expecting: [
        expectation("first", endpoint: "127.0.0.1:\(first.port)"),
        expectation("second", endpoint: "127.0.0.1:\(second.port)"),
      ], { $0.portInterval = 0.3 }
    ) { reports, _ in
      #expect(await reports.wait { $0.fleet.kpi.relaysByLevel == [.healthy: 2] })
      #expect(reports.observations("first").last?.statistics?.peers.count == 2)
      #expect(reports.fleet.edges().isEmpty)
      second.end()
      #expect(await reports.wait { $0.fleet.kpi.relaysByLevel == [.healthy: 1, .critical: 1] })
      #expect(reason(reports, "second")?.isEmpty == false)
      let down = RelayID(org: "acme", name: "second")
      // Its host refuses what is sent to the port, and nobody needs to guess.
      #expect(
        await reports.wait { $0.fleet.record(of: down)?.alerts.contains { $0.kind == .portUnreachable } ?? false })
      // What it said last stays known.
      #expect(reports.fleet.record(of: down)?.lastStatistics?.peers.count == 1)
      #expect(await reports.wait { $0.observations("first").last?.port == .silent })
      #expect(reports.fleet.record(of: RelayID(org: "acme", name: "first"))?.health.level == .healthy)
    }
  }

  @Test(.timeLimit(.minutes(2))) func realMembersAreOneRelay() async throws {
    try await ExternalCommand.withFolder { folder in
      let key = folder + "/cluster.key"
      try ExternalCommand.write(Array(Data([UInt8](repeating: 7, count: 32)).base64EncodedString().utf8), to: key)
      let controls = ["127.0.0.1:\(FreePort.udp())", "127.0.0.2:\(FreePort.udp())"]
      func member(_ own: Int) async throws -> RelayProcess {
        try await RelayProcess(
          keys: [RelayProcess.key(7)], address: own == 0 ? "127.0.0.1" : "127.0.0.2",
          ["--cluster", controls[own], "--cluster-join", controls[1 - own], "--cluster-key", key])
      }
      let first = try await member(0)
      defer { first.end() }
      let second = try await member(1)
      let placement = RelayPlacement(
        RelayID(org: "acme", name: "two"), .current, detail: "it runs",
        instances: [first, second].map { process in
          .init(
            RelayInstance("process \(process.process)", kind: .process(Int(process.process))),
            at: .http("127.0.0.1:\(process.statistics)"))
        })
      var two = expectation("two", keys: ["none"])
      two.replicas = 2
      try await withCollector([KnownRelays(name: "test", placements: [placement])], expecting: [two], { _ in }) {
        reports, _ in
        @Sendable func members(_ reports: Reports) -> RelayMembers? {
          reports.fleet.record(of: placement.relay)?.members
        }
        #expect(await reports.wait { members($0)?.ready == 2 && members($0)?.agrees == true })
        #expect(members(reports)?.items.allSatisfy { $0.roundTripMilliseconds ?? 9_999 < 1_000 } == true)
        #expect(members(reports)?.items.map(\.homes) == [0, 0])
        second.end()
        // The other one suspects it after a second, and forgets it half a minute later.
        #expect(await reports.wait { members($0)?.items.map(\.state) == [.ready, .suspect] })
        #expect(members(reports)?.items.last?.process?.kind == .process(Int(second.process)))
        #expect(members(reports)?.lost == 1)
      }
    }
  }

  @Test(.timeLimit(.minutes(2))) func everyMisbehaviourIsSaidAndHoldsUpNobody() async throws {
    let manners: [(String, FaultyServer.Manner, String)] = [
      ("hangs", .silence, "No answer within 1 second."), ("trickles", .trickle, "No answer within 1 second."),
      ("floods", .flood, "longer than 200000 bytes"),
      ("garbage", .answer(FaultyServer.http(Array("<html>".utf8))), "is not JSON"),
      ("fails", .answer(FaultyServer.http([], status: "503 Service Unavailable")), "HTTP status 503"),
      (
        "leads away",
        .answer(FaultyServer.http([], status: "302 Found", headers: "Location: http://169.254.169.254/\r\n")),
        "HTTP status 302"
      ), ("speaks something else", .answer(Array("SSH-2.0-OpenSSH\r\n".utf8)), "connection"),
      ("closes", .answer([]), "connection"),
    ]
    var servers: [FaultyServer] = []
    var placements: [RelayPlacement] = []
    for (name, manner, _) in manners {
      let server = try await FaultyServer(manner)
      servers.append(server)
      placements.append(KnownRelays.running(name, at: "127.0.0.1:\(server.port)"))
    }
    let good = try await FaultyServer(.answer(Self.good))
    servers.append(good)
    placements.append(KnownRelays.running("good", at: "127.0.0.1:\(good.port)"))
    placements.append(KnownRelays.running("nobody", at: "127.0.0.1:\(FreePort.tcp())"))
    placements.append(KnownRelays.running("not asked", at: nil))
    try await withCollector(
      [KnownRelays(name: "test", placements: placements)],
      expecting: placements.map { expectation($0.relay.name) }, { $0.maxAnswerBytes = 200_000 }
    ) { reports, _ in
      #expect(
        await reports.wait { reports in
          manners.allSatisfy { reports.observations($0.0).count > 3 } && reports.observations("good").count > 10
        })
      for (name, _, words) in manners {
        let reason = reason(reports, name) ?? "nothing"
        #expect(reason.contains(words), "\(name): \(reason)")
      }
      #expect(reason(reports, "nobody") != nil)
      #expect(reports.observations("good").allSatisfy { $0.statistics?.sessions == 3 })
      #expect(reports.observations("not asked").last?.instances.first?.answer == .notAsked)
      #expect(reports.fleet.kpi.sessions == 3)
    }
    // One that is silent is asked less and less often, and its silence is told all the same.
    #expect(servers[0].total < good.total)
    for server in servers { await server.stop() }
  }

  @Test(.timeLimit(.minutes(2))) func aRelayThatComesBackIsSeen() async throws {
    let port = FreePort.tcp()
    let runtime = KnownRelays(name: "test", placements: [KnownRelays.running("back", at: "127.0.0.1:\(port)")])
    try await withCollector([runtime], expecting: [expectation("back")], { _ in }) { reports, _ in
      #expect(await reports.wait { $0.observations("back").count > 2 })
      #expect(reports.fleet.kpi.relaysByLevel == [.critical: 1])
    }
    let server = try await FaultyServer(.answer(Self.good))
    let up = KnownRelays(name: "test", placements: [KnownRelays.running("back", at: "127.0.0.1:\(server.port)")])
    try await withCollector([up], expecting: [expectation("back")], { _ in }) { reports, _ in
      #expect(await reports.wait { $0.fleet.kpi.relaysByLevel == [.healthy: 1] })
    }
    await server.stop()
  }

  /// Whoever opens the pages after a start must not wait for a whole interval.
  @Test(.timeLimit(.minutes(1))) func aRuntimeThatIsNotReadYetIsLookedAtAgainSoon() async throws {
    let runtime = LateRelays([KnownRelays.running("here", at: nil)])
    try await withCollector([runtime], expecting: [expectation("here")], { $0.interval = 3_600 }) { reports, _ in
      #expect(await reports.wait { $0.observations("here").last?.phase == .current })
      #expect(reports.observations("here").first?.phase == .unknown)
    }
  }

  /// Each at an address of its own, so that no pool of connections does the bounding.
  @Test(.timeLimit(.minutes(3))) func aThousandRelaysFewAtATime() async throws {
    let server = try await FaultyServer(.answer(Self.good, afterMilliseconds: 20))
    let placements = (0..<1_000).map { number in
      KnownRelays.running("relay-\(number)", at: "127.1.\(number / 250).\(number % 250 + 1):\(server.port)")
    }
    try await withCollector(
      [KnownRelays(name: "test", placements: placements)],
      expecting: placements.map { expectation($0.relay.name) },
      { options in
        options.concurrency = 24
        options.interval = 600
        options.timeout = 30
      }
    ) { reports, _ in
      #expect(await reports.wait { $0.relays == 1_000 })
      #expect(reports.fleet.kpi.sessions == 3_000)
      #expect(server.total == 1_000)
      #expect(server.most > 1)
      #expect(server.most <= 24)
    }
    await server.stop()
  }

  /// Half of them hang: the others are told of as if they were alone.
  @Test(.timeLimit(.minutes(3))) func silentOnesDoNotHoldUpTheOthers() async throws {
    let good = try await FaultyServer(.answer(Self.good))
    let bad = try await FaultyServer(.silence)
    let placements = (0..<200).map { number in
      KnownRelays.running(
        "\(number % 2 == 0 ? "good" : "bad")-\(number)",
        at: "127.2.0.\(number + 1):\(number % 2 == 0 ? good.port : bad.port)")
    }
    try await withCollector(
      [KnownRelays(name: "test", placements: placements)],
      expecting: placements.map { expectation($0.relay.name) }, { $0.concurrency = 16 }
    ) { reports, _ in
      #expect(
        await reports.wait { reports in
          placements.allSatisfy {
            !reports.observations($0.relay.name).isEmpty
              && (!$0.relay.name.hasPrefix("good") || reports.observations($0.relay.name).count > 8)
          }
        })
      #expect(reports.fleet.kpi.relaysByLevel == [.healthy: 100, .critical: 100])
      // Sixteen at a time, never all hundred: those that were given up are still open at the server for a while.
      #expect(bad.most <= 64)
    }
    await good.stop()
    await bad.stop()
  }

  @Test(.timeLimit(.minutes(2))) func aRuntimeThatIsAwayIsSaidOnce() async throws {
    let server = try await FaultyServer(.answer(Self.good))
    let away = KnownRelays(
      name: "cluster west", regions: ["eu"],
      placements: [
        KnownRelays.running("seen", at: "127.0.0.1:\(server.port)"),
        KnownRelays.running("lost", at: "127.0.0.1:\(FreePort.tcp())"),
      ], problem: "connection refused")
    let other = KnownRelays(name: "cluster east", regions: ["us"], placements: [])
    try await withCollector(
      [away, other], expecting: [expectation("seen"), expectation("lost"), expectation("unknown")], { _ in }
    ) { reports, _ in
      #expect(await reports.wait { $0.relays == 3 && !$0.observations("lost").isEmpty })
      #expect(reports.observations("seen").last?.phase == .current)
      #expect(reports.observations("seen").last?.problem == "connection refused")
      #expect(reports.observations("lost").last?.phase == .unknown)
      // No alarm for each relay of a cluster that cannot be asked: one for the cluster.
      #expect(await reports.wait { $0.fleet.alerts().map(\.id) == ["collector:cluster west"] })
      #expect(reports.fleet.sources["cluster east"]?.problem == nil)
    }
    await server.stop()
  }

  @Test(.timeLimit(.minutes(2))) func aRuntimeThatHangsHoldsUpNoOther() async throws {
    let server = try await FaultyServer(.answer(Self.good))
    let hanging = KnownRelays(name: "hanging", regions: ["us"], placements: [], pause: 3_600)
    let good = KnownRelays(
      name: "good", regions: ["eu"], placements: [KnownRelays.running("fine", at: "127.0.0.1:\(server.port)")])
    try await withCollector([hanging, good], expecting: [expectation("fine")], { _ in }) { reports, _ in
      #expect(await reports.wait { $0.observations("fine").count > 3 })
      #expect(await reports.wait { $0.fleet.sources["hanging"]?.problem?.text == "No answer within 5 seconds." })
    }
    await server.stop()
  }

  @Test(.timeLimit(.minutes(2))) func manyRelaysOfOneLeaveTheAttentionOfOthers() async throws {
    let own = RelayID(org: "acme", name: "one")
    let others = (0..<500).map { RelayID(org: "globex", name: "relay-\($0)") }
    let expected = ([own] + others).map { RelayExpectation($0, regions: ["eu"], keys: []) }
    try await withCollector([KnownRelays(name: "test", placements: [])], expecting: expected, { _ in }) {
      _, collector in
      for relay in [own] + others { await collector.attend(to: relay) }
      #expect(await collector.isAttended(own))
      #expect(await collector.isAttended(others[499]))
      #expect(await !collector.isAttended(others[0]))
    }
  }

  @Test(.timeLimit(.minutes(2))) func aLogIsReadOnlyWhereSomebodyLooks() async throws {
    let server = try await FaultyServer(.answer(Self.good))
    let runtime = KnownRelays(
      name: "test", placements: ["one", "two"].map { KnownRelays.running($0, at: "127.0.0.1:\(server.port)") },
      lines: ["started"])
    try await withCollector([runtime], expecting: [expectation("one"), expectation("two")], { _ in }) {
      reports, collector in
      #expect(await reports.wait { $0.relays == 2 })
      await collector.attend(to: RelayID(org: "acme", name: "one"))
      #expect(reports.observations("one").contains { $0.logLines == ["started"] })
      await collector.attend(to: RelayID(org: "acme", name: "nobody"))
      #expect(reports.observations("two").allSatisfy { $0.logLines.isEmpty })
    }
    await server.stop()
  }
}
