import TestSupport
import Testing

@testable import RelayCore

/// Several members behave as one relay.
@Suite struct ClusterTests {
  let anna = Peer("anna", 1)
  let bert = Peer("bert", 2)
  let atAnna = address(1)
  let atBert = address(2)

  func cluster(_ count: Int) -> VirtualCluster { VirtualCluster(count, keys: [anna, bert]) }

  /// Makes both addresses known, each at its member, and a session between them.
  func connect(_ cluster: VirtualCluster, _ first: Int, _ second: Int) {
    introduce(cluster, anna, atAnna, asking: bert, at: first, sender: 10)
    introduce(cluster, bert, atBert, asking: anna, at: second, sender: 20)
    cluster.pass(milliseconds: 200)
    let asked = cluster.send(bert.initiation(sender: 11), from: atAnna, to: first)
    #expect(asked.contains { $0.at == atBert && $0.from == second && $0.type == 1 })
    let answered = cluster.send(anna.response(sender: 21, receiver: 11), from: atBert, to: second)
    #expect(answered.contains { $0.at == atAnna && $0.from == first && $0.type == 2 })
    let data = cluster.send(transport(21, counter: 0), from: atAnna, to: first)
    #expect(data.map(\.at) == [atBert])
    cluster.pass(milliseconds: 200)
  }

  private func introduce(
    _ cluster: VirtualCluster, _ peer: Peer, _ place: Endpoint, asking other: Peer, at number: Int, sender: UInt32
  ) {
    let cookie = cluster.members[number].relay.cookie(for: place)
    cluster.send(other.initiation(sender: sender, cookie: cookie), from: place, to: number)
  }

  @Test func membersFindEachOtherAndAreReady() {
    let cluster = cluster(3)
    for member in cluster.members {
      #expect(member.relay.machine.cluster?.members.reachable(at: cluster.now).count == 2)
      #expect(member.relay.machine.cluster?.isReady == true)
    }
  }

  /// How long the control thread may sleep depends on it.
  @Test func onlyAMemberWithoutOthersIsAlone() {
    let cluster = cluster(1)
    cluster.pass(milliseconds: 2_000)
    #expect(cluster.members[0].relay.machine.isAlone == true)
    let second = cluster.add()
    #expect(cluster.members[second].relay.machine.isAlone == false)
    cluster.pass(milliseconds: 500)
    #expect(cluster.members.allSatisfy { !$0.relay.machine.isAlone })
  }

  @Test func peersAtTwoMembersMeet() {
    let cluster = cluster(3)
    connect(cluster, 0, 1)
    let there = cluster.send(transport(21, counter: 1), from: atAnna, to: 0)
    #expect(there == [VirtualCluster.Receipt(at: atBert, bytes: transport(21, counter: 1), from: 1, hops: 2)])
    let back = cluster.send(transport(11, counter: 0), from: atBert, to: 1)
    #expect(back == [VirtualCluster.Receipt(at: atAnna, bytes: transport(11, counter: 0), from: 0, hops: 2)])
    // The third member has the session too.
    cluster.pass(milliseconds: 500)
    #expect(Set(cluster.members.map { $0.relay.machine.confirmedCount }) == [1])
    #expect(Set(cluster.members.compactMap { $0.relay.machine.cluster?.digest }).count == 1)
  }

  @Test func peerThatComesToAnotherMemberIsServedAtOnce() {
    let cluster = cluster(3)
    connect(cluster, 0, 1)
    let there = cluster.send(transport(21, counter: 5), from: atAnna, to: 2)
    #expect(there.map(\.at) == [atBert])
    cluster.pass(milliseconds: 50)
    let back = cluster.send(transport(11, counter: 5), from: atBert, to: 1)
    #expect(back == [VirtualCluster.Receipt(at: atAnna, bytes: transport(11, counter: 5), from: 2, hops: 2)])
  }

  @Test(arguments: [0, 1]) func tunnelOutlivesAMember(_ victim: Int) {
    let cluster = cluster(3)
    connect(cluster, 0, 1)
    cluster.kill(victim)
    cluster.pass(milliseconds: 1_100)
    let homes = [victim == 0 ? 2 : 0, victim == 1 ? 2 : 1]
    // Each peer sends once from its new member.
    cluster.send(transport(21, counter: 10), from: atAnna, to: homes[0])
    cluster.send(transport(11, counter: 10), from: atBert, to: homes[1])
    cluster.pass(milliseconds: 50)
    #expect(cluster.send(transport(21, counter: 11), from: atAnna, to: homes[0]).map(\.at) == [atBert])
    #expect(cluster.send(transport(11, counter: 11), from: atBert, to: homes[1]).map(\.at) == [atAnna])
  }

  /// A quiet peer's one packet came before anyone noticed that its home is dead.
  @Test func packetBeforeTheDeathIsNoticedCounts() {
    let cluster = cluster(3)
    connect(cluster, 0, 1)
    cluster.kill(1)
    cluster.pass(milliseconds: 100)
    cluster.send(transport(11, counter: 10), from: atBert, to: 2)
    cluster.pass(milliseconds: 600)
    #expect(cluster.send(transport(21, counter: 11), from: atAnna, to: 0).map(\.at) == [atBert])
  }

  @Test func newMemberGetsACopyBeforeItIsReady() {
    let cluster = cluster(2)
    connect(cluster, 0, 1)
    let number = cluster.add()
    #expect(cluster.members[number].relay.machine.cluster?.isReady == false)
    cluster.pass(milliseconds: 2_000)
    #expect(cluster.members[number].relay.machine.cluster?.isReady == true)
    #expect(cluster.members[number].relay.machine.confirmedCount == 1)
    #expect(cluster.send(transport(21, counter: 7), from: atAnna, to: number).map(\.at) == [atBert])
  }

  /// The others still remember the process that ended there.
  @Test(arguments: 1...20 as ClosedRange<UInt64>) func restartedMemberIsAMemberAgain(_ seed: UInt64) {
    let cluster = VirtualCluster(3, keys: [anna, bert], seed: seed)
    connect(cluster, 0, 1)
    for victim in [0, 1, 2] {
      cluster.kill(victim)
      cluster.pass(milliseconds: 1_500)
      cluster.restart(victim)
      cluster.pass(milliseconds: 3_000)
      for number in 0..<20 as Range<Int> {
        cluster.pass(milliseconds: 200)
        for member in cluster.members {
          #expect(
            member.relay.machine.cluster?.members.reachable(at: cluster.now).count == 2, "seed \(seed), round \(number)"
          )
        }
      }
      #expect(cluster.members[victim].relay.machine.confirmedCount == 1)
    }
  }

  /// Sums of several members are those of one relay.
  @Test func whatAllMembersKnowIsCountedOnce() {
    let cluster = cluster(3)
    connect(cluster, 0, 1)
    func send(_ counters: ClosedRange<UInt64>, at number: Int) {
      for counter in counters { cluster.send(transport(21, counter: counter), from: atAnna, to: number) }
    }
    func statistics() -> [MachineStatistics] {
      cluster.members.map { $0.relay.machine.statistics(at: cluster.now) }
    }
    func sum(_ name: String, _ value: (PeerStatistics) -> UInt64) -> UInt64 {
      statistics().reduce(0) { sum, one in sum + (one.peers.first { $0.name == name }.map(value) ?? 0) }
    }
    func homes(_ name: String) -> Set<MemberID?> {
      Set(statistics().map { one in one.peers.first { $0.name == name }?.member })
    }
    send(1...4, at: 0)
    cluster.send(transport(11, counter: 0), from: atBert, to: 1)
    cluster.pass(milliseconds: 500)
    #expect(statistics().map(\.sessions) == [1, 1, 1])
    #expect(statistics().map(\.handshakes) == [1, 0, 0])
    #expect(statistics().map(\.responses).reduce(0, +) == 1)
    #expect(sum("anna") { $0.handshakes } == 1 && sum("bert") { $0.handshakes } == 1)
    #expect(sum("anna") { $0.receivedPackets } == 5 && sum("anna") { $0.sentPackets } == 1)
    #expect(sum("bert") { $0.receivedPackets } == 1 && sum("bert") { $0.sentPackets } == 5)
    #expect(homes("anna") == [cluster.members[0].id] && homes("bert") == [cluster.members[1].id])
    // The packet that moves a home is the only one that is not counted.
    send(5...5, at: 2)
    cluster.pass(milliseconds: 100)
    send(6...8, at: 2)
    #expect(homes("anna") == [cluster.members[2].id])
    #expect(sum("anna") { $0.receivedPackets } == 8 && sum("bert") { $0.sentPackets } == 8)
    let crossed = cluster.members.compactMap { $0.relay.machine.clusterReport(at: cluster.now) }
    #expect(crossed.map(\.toMembers.packets) == [5, 1, 3])
    #expect(crossed.map(\.fromMembers.packets) == [1, 8, 0])
    // So are those of sessions that have ended.
    for member in cluster.members { member.relay.machine.end(0, at: cluster.now) }
    #expect(sum("anna") { $0.receivedPackets } == 8 && sum("bert") { $0.sentPackets } == 8)
    #expect(
      cluster.members.compactMap { $0.relay.machine.clusterReport(at: cluster.now)?.toMembers.packets } == [5, 1, 3])
  }

  /// Where sessions begin all the time, records are always on their way.
  @Test func agreementHoldsForAWhile() {
    let cluster = cluster(2)
    connect(cluster, 0, 1)
    cluster.pass(milliseconds: 1_000)
    func agrees() -> [Bool?] {
      cluster.members.map { $0.relay.machine.clusterReport(at: cluster.now)?.members.first?.agrees }
    }
    // Only one of them has this home.
    cluster.weather.lost = 100
    cluster.members[0].relay.machine.register(address(9), at: cluster.now)
    cluster.members[0].relay.machine.shareAddress(address(9), isNew: true, hasProof: true)
    #expect(agrees() == [true, true])
    cluster.now = cluster.now.advanced(nanoseconds: ClusterState.agreementLife + 500_000_000)
    #expect(agrees()[0] == false)
    cluster.weather.lost = 0
    cluster.pass(milliseconds: 3_000)
    #expect(agrees() == [true, true])
  }

  /// Addresses appear at both members all the time.
  @Test func membersAgreeWhileRecordsAreOnTheirWay() {
    let cluster = cluster(2)
    connect(cluster, 0, 1)
    var number: UInt16 = 1_000
    for step in 0..<240 as Range<Int> {
      for member in cluster.members {
        for _ in 0..<10 {
          number += 1
          member.relay.machine.register(address(200, port: number), at: cluster.now)
          member.relay.machine.shareAddress(address(200, port: number), isNew: true, hasProof: true)
        }
      }
      cluster.pass(milliseconds: 25)
      guard step > 60 else { continue }
      for member in cluster.members {
        #expect(member.relay.machine.clusterReport(at: cluster.now)?.members.first?.agrees == true, "step \(step)")
      }
    }
  }

  /// What a new member lacks is not sent again and again.
  @Test func copyIsSentOnce() {
    let cluster = cluster(2)
    for number in 0..<400 as Range<UInt16> {
      let place = address(200, port: 2_000 + number)
      cluster.members[0].relay.machine.register(place, at: cluster.now)
      cluster.members[0].relay.machine.addresses.join(place, 1)
      cluster.members[0].relay.machine.shareAddress(place, isNew: true, hasProof: true)
    }
    cluster.pass(milliseconds: 2_000)
    let before = cluster.recordsSent
    let number = cluster.add()
    cluster.pass(milliseconds: 100)
    #expect(cluster.members[number].relay.machine.cluster?.members.reachable(at: cluster.now).count == 2)
    cluster.pass(milliseconds: 3_000)
    let digests = Set(cluster.members.compactMap { $0.relay.machine.cluster?.digest })
    #expect(digests.count == 1)
    // Two members have a copy, and each sends it: one of them may be lost meanwhile. Nothing comes back, and the other four
    // are cookie secrets.
    #expect(cluster.recordsSent - before == 2 * 400 + 4)
  }

  /// A name that leads to members has other addresses now.
  @Test func memberIsLookedForWhereNamesLead() {
    let cluster = VirtualCluster(1, keys: [anna, bert])
    func asked(_ places: [Endpoint]) -> Set<Endpoint> {
      let member = cluster.members[0]
      member.relay.machine.setClusterPlaces(places)
      cluster.now = cluster.now.advanced(milliseconds: 300)
      member.relay.machine.advanceCluster(to: cluster.now)
      defer { member.relay.machine.clusterOutbox = [] }
      return Set(member.relay.machine.clusterOutbox.map(\.to))
    }
    #expect(asked([address(90), address(91)]) == [address(90), address(91)])
    #expect(asked([address(91), address(92)]) == [address(91), address(92)])
    #expect(asked([]) == [])
  }

  @Test func repeatedPacketMovesNoHome() {
    let cluster = cluster(3)
    connect(cluster, 0, 1)
    cluster.send(transport(21, counter: 50), from: atAnna, to: 0)
    // A third party repeats it to another member, with anna's address.
    cluster.send(transport(21, counter: 50), from: atAnna, to: 2)
    cluster.pass(milliseconds: 100)
    let back = cluster.send(transport(11, counter: 1), from: atBert, to: 1)
    #expect(back.map(\.from) == [0])
  }

  @Test func revokedKeyIsNotRevivedByAMemberThatStillHasIt() {
    let cluster = cluster(2)
    connect(cluster, 0, 1)
    cluster.members[0].relay.machine.replaceKeys([anna.allowed], at: cluster.now)
    cluster.pass(milliseconds: 3_000)
    #expect(cluster.members[0].relay.machine.confirmedCount == 0)
    #expect(cluster.send(transport(21, counter: 60), from: atAnna, to: 0).isEmpty)
  }

  /// A process of the relay is compromised, and says wrong things about peers of another group.
  @Test func memberThatLiesAboutGroupsMovesNothing() {
    let (cleo, dora) = (Peer("cleo", 3, group: "other"), Peer("dora", 4, group: "other"))
    let (atCleo, atDora) = (address(3), address(4))
    let cluster = VirtualCluster(2, keys: [anna, bert, cleo, dora])
    connect(cluster, 0, 0)
    let first = cluster.members[0]
    for (peer, other, place, sender) in [(cleo, dora, atCleo, 70), (dora, cleo, atDora, 71)]
      as [(Peer, Peer, Endpoint, UInt32)]
    {
      _ = peer
      cluster.send(
        other.initiation(sender: sender, cookie: first.relay.cookie(for: place)), from: place, to: 0)
    }
    cluster.pass(milliseconds: 200)
    cluster.send(dora.initiation(sender: 31), from: atCleo, to: 0)
    cluster.send(cleo.response(sender: 41, receiver: 31), from: atDora, to: 0)
    cluster.send(transport(41, counter: 0), from: atCleo, to: 0)
    #expect(first.relay.machine.confirmedCount == 2)

    var counter: UInt64 = 1 << 40
    func lie(_ message: ClusterMessage) -> [Delivery] {
      counter += 1
      first.relay.machine.receive(
        message, from: cluster.members[1].id, counter: counter, at: cluster.members[1].control, at: cluster.now)
      defer { first.relay.machine.outbox = [] }
      return first.relay.machine.outbox.map { Delivery($0) }
    }
    func facts(_ one: Peer, _ other: Peer, at place: Endpoint, moves: UInt64, _ indices: (UInt32, UInt32))
      -> SessionFacts
    {
      SessionFacts(
        identity: SessionFacts.Identity(
          initiatorKey: one.publicKey, responderKey: other.publicKey, towardResponder: indices.0,
          towardInitiator: indices.1),
        initiator: SessionFacts.End(endpoint: place, moves: moves, counter: 5),
        responder: SessionFacts.End(endpoint: atBert, moves: 0, counter: 5), confirmedAge: 0, lifetime: 100_000)
    }
    // A session of keys of two groups.
    let mixed = facts(anna, cleo, at: atAnna, moves: 0, (91, 92))
    #expect(lie(.records([.session(mixed)])).isEmpty)
    #expect(first.relay.machine.confirmedCount == 2)
    // Anna has moved to cleo's address.
    #expect(lie(.records([.session(facts(anna, bert, at: atCleo, moves: 9, (21, 11)))])).isEmpty)
    #expect(cluster.send(transport(11, counter: 9), from: atBert, to: 0).map(\.at) == [atAnna])
    // Cleo's address belongs to anna's group.
    if let home = first.relay.machine.cluster?.homes[atCleo] {
      #expect(lie(.records([.home(atCleo, home, groups: [Array("acme".utf8)], age: 0)])).isEmpty)
    }
    let acme = first.relay.machine.directory.group(named: "acme") ?? 0
    #expect(first.relay.machine.addresses[atCleo]?.isMember(of: acme) == false)
    // An initiation for bert is for cleo's address, or for a key of cleo's group.
    for (target, key, group) in [(atCleo, bert, "acme"), (atDora, bert, "other"), (atBert, dora, "acme")] {
      let initiation = ClusterMessage.ForwardedInitiation(
        bytes: key.initiation(sender: 77), trafficClass: 0, source: atAnna, target: target, key: key.publicKey,
        group: Array(group.utf8), isTrusted: true)
      #expect(lie(.initiation(initiation)).isEmpty)
      #expect(lie(.waiting(initiation, milliseconds: 100)).isEmpty)
    }
    // What is true is delivered.
    let initiation = ClusterMessage.ForwardedInitiation(
      bytes: bert.initiation(sender: 77), trafficClass: 0, source: atAnna, target: atBert, key: bert.publicKey,
      group: Array("acme".utf8), isTrusted: true)
    #expect(lie(.initiation(initiation)).map(\.to) == [atBert])
    // A peer of one group has sent data of a session of the other.
    #expect(
      lie(
        .arrival(
          ClusterMessage.Arrival(
            session: mixed.identity, isFromInitiator: true, source: atCleo, counter: 100, length: 64))
      ).isEmpty)
    #expect(cluster.send(transport(31, counter: 9), from: atDora, to: 0).map(\.at) == [atCleo])
    #expect(cluster.send(transport(21, counter: 9), from: atAnna, to: 0).map(\.at) == [atBert])
  }

  // Homes move only with proof.

  @Test func forgedInitiationMovesNoHome() {
    let cluster = cluster(3)
    connect(cluster, 0, 1)
    // A third party knows bert's public key, and forges anna's address toward another member.
    cluster.send(bert.initiation(sender: 66), from: atAnna, to: 2)
    cluster.pass(milliseconds: 500)
    #expect(homes(of: atAnna, cluster) == [0])
    #expect(cluster.send(transport(11, counter: 1), from: atBert, to: 1).map(\.from) == [0])
  }

  @Test func forgedResponseMovesNoHome() {
    let cluster = cluster(3)
    connect(cluster, 0, 1)
    // A third party has an address of its own, and answers its own initiation with bert's address.
    let stranger = address(9)
    cluster.send(bert.initiation(sender: 66), from: stranger, to: 2)
    cluster.send(anna.response(sender: 67, receiver: 66), from: atBert, to: 2)
    cluster.send(transport(67, counter: 0), from: stranger, to: 2)
    cluster.pass(milliseconds: 500)
    #expect(homes(of: atBert, cluster) == [1])
    #expect(cluster.send(transport(21, counter: 1), from: atAnna, to: 0).map(\.from) == [1])
  }

  @Test func forgedMoveTakesNoOnesHome() {
    let cluster = cluster(3)
    connect(cluster, 0, 1)
    // Bert himself forges anna's address for packets of his own end.
    for counter in 5..<12 as Range<UInt64> {
      cluster.send(transport(11, counter: counter), from: atAnna, to: 2)
      cluster.pass(milliseconds: 700)
    }
    #expect(homes(of: atAnna, cluster) == [0])
  }

  @Test func cookieMovesAHome() {
    let cluster = cluster(3)
    connect(cluster, 0, 1)
    introduce(cluster, anna, atAnna, asking: bert, at: 2, sender: 30)
    cluster.pass(milliseconds: 200)
    #expect(homes(of: atAnna, cluster) == [2])
  }

  /// The load balancer has moved anna, and she starts a handshake there before she sends data.
  @Test(arguments: [1, 2]) func answerLeavesWhereTheInitiationArrived(_ member: Int) {
    let cluster = cluster(3)
    connect(cluster, 0, 1)
    let asked = cluster.send(bert.initiation(sender: 12), from: atAnna, to: member)
    #expect(asked.contains { $0.at == atBert && $0.from == 1 && $0.type == 1 })
    let answered = cluster.send(anna.response(sender: 22, receiver: 12), from: atBert, to: 1)
    #expect(answered.contains { $0.at == atAnna && $0.from == member && $0.type == 2 })
    #expect(homes(of: atAnna, cluster) == [0])
    // Her first packet uses the index that she was sent there, and so she is there.
    #expect(cluster.send(transport(22, counter: 0), from: atAnna, to: member).map(\.at) == [atBert])
    cluster.pass(milliseconds: 100)
    #expect(homes(of: atAnna, cluster) == [member])
    for index in [11, 12] as [UInt32] {
      #expect(cluster.send(transport(index, counter: 3), from: atBert, to: 1).map(\.from) == [member])
    }
  }

  /// The load balancer has moved bert, who answers there.
  @Test func sessionFollowsTheAnswer() {
    let cluster = cluster(3)
    connect(cluster, 0, 1)
    cluster.send(bert.initiation(sender: 12), from: atAnna, to: 2)
    let answered = cluster.send(anna.response(sender: 22, receiver: 12), from: atBert, to: 2)
    #expect(answered.contains { $0.at == atAnna && $0.from == 2 && $0.type == 2 })
    let data = cluster.send(transport(22, counter: 0), from: atAnna, to: 2)
    #expect(data.map(\.at) == [atBert] && data.map(\.from) == [2])
    cluster.pass(milliseconds: 50)
    for counter in 1...3 as ClosedRange<UInt64> {
      #expect(cluster.send(transport(12, counter: counter), from: atBert, to: 2).map(\.at) == [atAnna])
    }
    cluster.pass(milliseconds: 100)
    #expect(homes(of: atBert, cluster) == [2])
  }

  /// Anna's home has died, and all that she sends at the next member is an initiation.
  @Test func initiationMovesAHomeFromADeadMember() {
    let cluster = cluster(3)
    connect(cluster, 0, 1)
    cluster.kill(0)
    cluster.pass(milliseconds: 1_500)
    cluster.send(bert.initiation(sender: 12), from: atAnna, to: 2)
    cluster.pass(milliseconds: 200)
    #expect(cluster.send(transport(11, counter: 5), from: atBert, to: 1).map(\.at) == [atAnna])
  }

  @Test func strangersLeaveNoHomesBehind() {
    let cluster = cluster(2)
    for number in 20..<60 as Range<UInt8> {
      cluster.send(bert.initiation(sender: UInt32(number)), from: address(number), to: Int(number) % 2)
      cluster.pass(milliseconds: 50)
    }
    for member in cluster.members { #expect(member.relay.machine.cluster?.homes.isEmpty == true) }
  }

  @Test func homeIsForgottenWithItsAddress() {
    var limits = RelayLimits()
    limits.addressSeconds = 60
    let cluster = VirtualCluster(2, keys: [anna, bert], limits: limits)
    connect(cluster, 0, 1)
    cluster.pass(milliseconds: (limits.sessionSeconds + limits.addressSeconds + 10) * 1_000)
    for member in cluster.members { #expect(member.relay.machine.cluster?.homes.isEmpty == true) }
  }

  /// Another member has keys that this one has not read yet.
  @Test func homeOfAnUnknownGroupIsForgotten() {
    let cluster = cluster(2)
    let record = ClusterRecord.home(
      address(9), Home(member: cluster.members[1].id, moves: 1), groups: [Array("elsewhere".utf8)], age: 0)
    cluster.members[0].relay.machine.receive(
      .records([record]), from: cluster.members[1].id, counter: 1 << 40, at: cluster.members[1].control,
      at: cluster.now)
    #expect(cluster.members[0].relay.machine.cluster?.homes.count == 1)
    cluster.pass(milliseconds: 62_000)
    #expect(cluster.members[0].relay.machine.cluster?.homes.isEmpty == true)
  }

  /// Returns the members that members think an endpoint is at home at.
  func homes(of endpoint: Endpoint, _ cluster: VirtualCluster) -> Set<Int> {
    Set(
      cluster.members.map { member in
        let home = member.relay.machine.cluster?.homes[endpoint]?.member
        return cluster.members.firstIndex { $0.id == home } ?? -1
      })
  }

  // Peers that start together.

  @Test(arguments: [0, 60] as [UInt64], 1...6 as ClosedRange<UInt64>)
  func peersThatStartTogetherAtTwoMembersMeet(_ pause: UInt64, _ seed: UInt64) {
    let cluster = VirtualCluster(3, keys: [anna, bert], seed: seed)
    var receipts = cluster.post(bert.initiation(sender: 11), from: atAnna, to: 0)
    cluster.pass(milliseconds: pause)
    receipts += cluster.takeReceipts()
    receipts += cluster.post(anna.initiation(sender: 21), from: atBert, to: 1)
    cluster.pass(milliseconds: 20)
    receipts += cluster.takeReceipts()
    // One is asked, never both: WireGuard drops both handshakes if two peers answer each other.
    #expect(receipts.count == 1 && receipts.map(\.type) == [1])
    let isAnnaAsked = receipts.first?.at == atAnna
    let (asked, asking) = isAnnaAsked ? (atAnna, atBert) : (atBert, atAnna)
    let (here, there) = isAnnaAsked ? (0, 1) : (1, 0)
    let response =
      isAnnaAsked ? bert.response(sender: 31, receiver: 21) : anna.response(sender: 31, receiver: 11)
    let answered = cluster.send(response, from: asked, to: here)
    #expect(answered.map(\.at) == [asking] && answered.map(\.from) == [there])
    #expect(cluster.send(transport(31, counter: 0), from: asking, to: there).map(\.at) == [asked])
    cluster.pass(milliseconds: 200)
    let back = cluster.send(transport(isAnnaAsked ? 21 : 11, counter: 0), from: asked, to: here)
    #expect(back.map(\.at) == [asking])
    #expect(Set(cluster.members.map { $0.relay.machine.confirmedCount }) == [1])
  }

  /// Anna has stopped waiting at her member and was sent a cookie. Bert's credit must be left for his.
  @Test(arguments: 1...4 as ClosedRange<UInt64>) func initiationThatWaitsNoLongerIsNotSent(_ seed: UInt64) {
    let cluster = VirtualCluster(2, keys: [anna, bert], seed: seed)
    _ = cluster.post(bert.initiation(sender: 11), from: atAnna, to: 0)
    cluster.pass(milliseconds: 150)
    #expect(cluster.takeReceipts().map(\.type) == [3])
    #expect(cluster.post(anna.initiation(sender: 21), from: atBert, to: 1).isEmpty)
    cluster.pass(milliseconds: 175)
    #expect(cluster.takeReceipts().map(\.type) == [3])
  }

  /// Neither address has proven anything, so none is sent more than it sent, by all members together.
  @Test(arguments: 0..<60 as Range<UInt64>) func unprovenAddressIsSentNoMoreThanItSent(_ seed: UInt64) {
    var generator = SeededGenerator(seed)
    let cluster = VirtualCluster(3, keys: [anna, bert], seed: seed)
    var balance: [Endpoint: Int] = [:]
    let places = (30..<34 as Range<UInt8>).map { address($0) }
    var indices: [(place: Endpoint, index: UInt32)] = []
    func note(_ receipts: [VirtualCluster.Receipt]) {
      for receipt in receipts { balance[receipt.at, default: 0] -= receipt.bytes.count + 28 }
    }
    for step in 0..<40 as Range<UInt32> {
      guard let place = places.randomElement(using: &generator) else { continue }
      let member = Int.random(in: 0..<3, using: &generator)
      let peer = Bool.random(using: &generator) ? anna : bert
      var bytes = peer.initiation(sender: 1_000 + step)
      if Int.random(in: 0..<3, using: &generator) == 0, let known = indices.randomElement(using: &generator) {
        bytes = peer.response(sender: 1_000 + step, receiver: known.index)
      } else {
        indices.append((place, 1_000 + step))
      }
      balance[place, default: 0] += bytes.count + 28
      note(cluster.send(bytes, from: place, to: member))
      cluster.pass(milliseconds: .random(in: 0...200, using: &generator))
      note(cluster.takeReceipts())
      for (place, left) in balance { #expect(left >= 0, "seed \(seed), step \(step): \(place)") }
    }
  }
}
