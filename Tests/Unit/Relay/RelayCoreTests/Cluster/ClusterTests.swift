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
  private func connect(_ cluster: VirtualCluster, _ first: Int, _ second: Int) {
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
}
