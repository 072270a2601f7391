import FleetMonitoring
import RelayWire
import Testing

/// A relay of several processes is one relay: what they share counts once.
@Suite struct RelayMembersTests {
  /// What a member says of itself and of the others, by number and state.
  private static func answer(
    _ number: String, _ others: [(String, String)] = [], ready: Bool = true, agrees: Bool = true, homes: Int = 0,
    crossing: RelayStatistics.Traffic? = nil, _ change: (inout RelayStatistics) -> Void = { _ in }
  ) -> RelayStatistics {
    var answer = statistics()
    answer.cluster = RelayStatistics.Cluster(
      member: number, ready: ready, homes: homes, lost: 0, crossing: crossing,
      members: others.enumerated().map { place, other in
        RelayStatistics.Cluster.Member(
          member: other.0, address: "10.0.0.\(place):7000", state: other.1, roundTripMilliseconds: Double(place) + 0.5,
          agrees: agrees, homes: 9)
      })
    change(&answer)
    return answer
  }

  private static func observation(at seconds: Double = 0, _ answers: [RelayInstance.Answer]) -> RelayObservation {
    RelayObservation(
      milan, time: epoch + seconds, phase: .current,
      instances: answers.enumerated().map { place, answer in RelayInstance("pod-\(place + 1)", answer: answer) })
  }

  private static func record(_ fleet: Fleet) throws -> RelayRecord { try #require(fleet.record(of: milan)) }

  private static func observe(
    _ observations: RelayObservation..., replicas: Int = 2, keys: [String] = []
  ) throws -> RelayRecord {
    var fleet = fleet(keys: keys, replicas: replicas)
    for observation in observations { fleet.observe(observation) }
    return try record(fleet)
  }

  private func states(_ answers: RelayInstance.Answer..., replicas: Int = 2) throws -> [RelayMembers.Member.State] {
    try Self.observe(Self.observation(answers), replicas: replicas).members?.items.map(\.state) ?? []
  }

  // MARK: - States

  @Test func membersThatHearEachOtherAreReady() throws {
    let record = try Self.observe(
      Self.observation([
        .statistics(Self.answer("a", [("b", "alive")], homes: 3)),
        .statistics(Self.answer("b", [("a", "alive")], homes: 4)),
      ]))
    let members = try #require(record.members)
    #expect(members.items.map(\.state) == [.ready, .ready] && members.items.map(\.homes) == [3, 4])
    #expect(members.items.map(\.number) == ["a", "b"] && members.items.map(\.process?.name) == ["pod-1", "pod-2"])
    #expect(members.items.map(\.roundTripMilliseconds) == [0.5, 0.5])
    #expect(members.ready == 2 && !members.isShort && members.agrees == true)
  }

  @Test func relayWithoutAClusterHasNoMembers() throws {
    #expect(try Self.observe(Self.observation([.statistics(statistics()), .statistics(statistics())])).members == nil)
  }

  @Test func memberWithoutACopyJoins() throws {
    let answers: [RelayInstance.Answer] = [
      .statistics(Self.answer("a", [("b", "joining")])), .statistics(Self.answer("b", [("a", "alive")], ready: false)),
      .notAsked,
    ]
    #expect(try states(answers[0], answers[1], answers[2], replicas: 3) == [.ready, .joining, .joining])
  }

  /// Two sides of a partition: a majority is not suspected by the rest.
  @Test func memberIsSuspectIfMostDoNotHearIt() throws {
    let three = try states(
      .statistics(Self.answer("a", [("b", "alive"), ("c", "suspect")])),
      .statistics(Self.answer("b", [("a", "alive"), ("c", "suspect")])),
      // It has forgotten the others.
      .statistics(Self.answer("c")), replicas: 3)
    #expect(three == [.ready, .ready, .suspect])
    let two = try states(
      .statistics(Self.answer("a", [("b", "suspect")])), .statistics(Self.answer("b", [("a", "suspect")])))
    #expect(two == [.suspect, .suspect])
  }

  /// The server may not reach a member that the others hear well.
  @Test(arguments: [("alive", RelayMembers.Member.State.ready), ("suspect", .suspect), ("gone", .lost)])
  func silentMemberIsWhatTheOthersSay(_ word: String, _ state: RelayMembers.Member.State) throws {
    let record = try Self.observe(
      Self.observation([
        .statistics(Self.answer("a", [("b", "alive")])), .statistics(Self.answer("b", [("a", "alive")])),
      ]),
      Self.observation(at: 10, [.statistics(Self.answer("a", [("b", word)])), .silent("no answer")]))
    #expect(record.members?.items.map(\.state) == [.ready, state])
    #expect(record.members?.items.last?.process?.name == "pod-2")
  }

  @Test func memberThatOnlyOthersKnowHasNoProcess() throws {
    let record = try Self.observe(
      Self.observation([.statistics(Self.answer("a", [("b", "alive"), ("c", "suspect")]))]), replicas: 1)
    #expect(record.members?.items.map(\.process?.name) == ["pod-1", nil, nil])
    #expect(record.members?.items.map(\.state) == [.ready, .ready, .suspect])
    #expect(record.members?.items.map(\.homes) == [0, 9, 9])
  }

  @Test func relayThatDoesNotAnswerKeepsItsMembers() throws {
    let both = [Self.answer("a", [("b", "alive")]), Self.answer("b", [("a", "alive")])].map {
      RelayInstance.Answer.statistics($0)
    }
    let record = try Self.observe(Self.observation(both), Self.observation(at: 10, [.silent("x"), .silent("x")]))
    #expect(record.members?.ready == 2)
    let gone = try Self.observe(
      Self.observation(both), RelayObservation(milan, time: epoch + 10, phase: .failed))
    #expect(gone.members == nil)
  }

  @Test func answerOfAnySizeIsShownInPart() throws {
    let others = (0..<1_000).map { ("\($0)", "alive") }
    #expect(try states(.statistics(Self.answer("a", others))).count == 64)
  }

  @Test func changedDeclarationHoldsAtOnce() {
    var fleet = fleet(replicas: 1)
    fleet.observe(Self.observation([.statistics(Self.answer("a"))]))
    #expect(fleet.record(of: milan)?.members?.expected == 1)
    fleet.expect(FleetExpectation(relays: [RelayExpectation(milan, regions: ["eu-south"], replicas: 3)]), at: epoch + 1)
    #expect(fleet.record(of: milan)?.members?.expected == 3)
  }

  // MARK: - Figures

  /// Each member knows every session and every key, and counts only what its own peers sent and received.
  @Test func sharedSessionsAndPeersCountOnce() throws {
    func peer(_ name: String, home: String, received: UInt64, sent: UInt64, handshakes: UInt64) -> RelayStatistics.Peer
    {
      var peer = RelayStatistics.Peer(name: name, state: .connected)
      peer.member = home
      peer.sessions = 1
      peer.receivedBytes = received
      peer.sentBytes = sent
      peer.handshakes = handshakes
      return peer
    }
    func answers(at time: UInt64) -> [RelayInstance.Answer] {
      [
        .statistics(
          Self.answer("a", [("b", "alive")], crossing: .init(receivedBytes: 50 * time, forwardedBytes: 100 * time)) {
            $0.sessions = 3
            $0.traffic = .init(receivedBytes: 150 * time, forwardedBytes: 150 * time)
            $0.handshakes = HandshakeCount(initiated: time, completed: time)
            $0.peers = [
              peer("anna", home: "a", received: 100 * time, sent: 50 * time, handshakes: 1),
              peer("bert", home: "b", received: 0, sent: 0, handshakes: 0),
            ]
            $0.peers[0].endpoint = "192.0.2.1:5"
            $0.peers[0].pathMilliseconds = 7
            $0.peers[0].lastHandshakeAge = 9
          }),
        .statistics(
          Self.answer("b", [("a", "alive")], crossing: .init(receivedBytes: 100 * time, forwardedBytes: 50 * time)) {
            $0.sessions = 2
            $0.traffic = .init(receivedBytes: 150 * time, forwardedBytes: 150 * time)
            $0.handshakes = HandshakeCount()
            $0.peers = [
              peer("anna", home: "a", received: 0, sent: 0, handshakes: 0),
              peer("bert", home: "b", received: 50 * time, sent: 100 * time, handshakes: 1),
            ]
            // It has heard of the handshake, and knows no more.
            $0.peers[0].lastHandshakeAge = 8
          }),
      ]
    }
    let record = try Self.observe(
      Self.observation(answers(at: 10)), Self.observation(at: 10, answers(at: 20)), keys: ["anna", "bert"])
    #expect(record.sessions == 3 && record.connectedPeers == 2 && record.connectedKeys == 2)
    // Each end's bytes once: 100 and 50 bytes a second.
    #expect(record.throughput.received == 1_200 && record.throughput.forwarded == 1_200)
    #expect(record.lastStatistics?.traffic?.receivedBytes == 3_000)
    #expect(record.handshakes == HandshakeCount(initiated: 10, completed: 10))
    let peers = record.lastStatistics?.peers ?? []
    #expect(peers.map(\.name) == ["anna", "bert"] && peers.map(\.sessions) == [1, 1])
    #expect(peers.map(\.receivedBytes) == [2_000, 1_000] && peers.map(\.sentBytes) == [1_000, 2_000])
    #expect(peers.map(\.handshakes) == [1, 1])
    #expect(peers[0].endpoint == "192.0.2.1:5" && peers[0].pathMilliseconds == 7)
    #expect(peers.map { record.members?.process($0.member)?.name } == ["pod-1", "pod-2"])
    #expect(record.edges.map(\.receivedBitsPerSecond) == [800, 400])
    #expect(record.edges.map(\.sentBitsPerSecond) == [400, 800])
  }

  /// Pods of before clusters share nothing.
  @Test func sessionsOfMembersAndOthersAddUp() throws {
    let record = try Self.observe(
      Self.observation([
        .statistics(Self.answer("a", [("b", "alive")]) { $0.sessions = 5 }),
        .statistics(Self.answer("b", [("a", "alive")]) { $0.sessions = 5 }), .statistics(statistics(sessions: 2)),
      ]))
    #expect(record.sessions == 7 && record.members?.items.count == 2)
  }

  // MARK: - Alerts

  private func kinds(_ fleet: Fleet) -> [Alert.Kind] { fleet.alerts().map(\.kind) }

  @Test func missingMemberIsWaitedFor() {
    var fleet = fleet(replicas: 2)
    let alone = RelayInstance.Answer.statistics(Self.answer("a"))
    let both = [Self.answer("a", [("b", "alive")]), Self.answer("b", [("a", "alive")])].map {
      RelayInstance.Answer.statistics($0)
    }
    fleet.observe(Self.observation(both))
    fleet.observe(Self.observation(at: 10, [alone]))
    fleet.observe(Self.observation(at: 39, [alone]))
    #expect(kinds(fleet) == [])
    fleet.observe(Self.observation(at: 40, [alone]))
    #expect(kinds(fleet) == [.memberMissing])
    let alert = fleet.alerts().first
    #expect(alert?.id == "member-missing:acme/milan" && alert?.severity == .warning)
    #expect(alert?.value == 1 && alert?.threshold == 2)
    #expect(alert?.detail.text == "1 of 2 processes ready. Peers of a missing process continue at the others.")
    fleet.observe(Self.observation(at: 50, both))
    #expect(kinds(fleet) == [])
    // A relay of one process that runs lacks none.
    var single = self.single
    for second in [0.0, 60] { single.observe(Self.observation(at: second, [alone])) }
    #expect(kinds(single) == [])
  }

  private var single: Fleet { fleet(replicas: 1) }

  @Test func membersThatDisagreeForAWhileRaiseAnAlert() {
    var fleet = fleet(replicas: 2)
    func answers(agree: Bool) -> [RelayInstance.Answer] {
      [
        .statistics(Self.answer("a", [("b", "alive")], agrees: agree)),
        .statistics(Self.answer("b", [("a", "alive")], agrees: agree)),
      ]
    }
    for (second, agree) in [(0.0, false), (20, false), (29, true), (30, false), (59, false)] {
      fleet.observe(Self.observation(at: second, answers(agree: agree)))
      #expect(kinds(fleet) == [])
    }
    fleet.observe(Self.observation(at: 60, answers(agree: false)))
    #expect(kinds(fleet) == [.membersDisagree])
    #expect(fleet.record(of: milan)?.disagreeingSince == epoch + 30)
    fleet.observe(Self.observation(at: 70, answers(agree: true)))
    #expect(kinds(fleet) == [] && fleet.record(of: milan)?.disagreeingSince == nil)
  }

  /// One that nobody hears cannot disagree: it is missing.
  @Test func suspectMembersDoNotDisagree() {
    var fleet = fleet(replicas: 2)
    for second in [0.0, 40] {
      fleet.observe(
        Self.observation(
          at: second,
          [
            .statistics(Self.answer("a", [("b", "suspect")], agrees: false)),
            .statistics(Self.answer("b", [("a", "suspect")], agrees: false)),
          ]))
    }
    #expect(kinds(fleet) == [.memberMissing])
  }
}
