import TestSupport
import Testing

@testable import RelayCore

/// A peer moves to another address, and its packets arrive at another member from now on.
extension ClusterTests {
  private var atNew: Endpoint { address(9) }

  /// Where anna's packets arrive, and where those of bert's new address do. Bert is at home at member 1.
  private static let ways = [(0, 2), (0, 0), (1, 0), (1, 2)]

  /// Bert answers, and sends nothing by himself. So he is found only if he gets what anna sends him.
  @Test(arguments: ways) func peerThatOnlyAnswersIsFoundAtAnotherMember(_ anna: Int, _ entrance: Int) {
    let cluster = cluster(3)
    connect(cluster, anna, 1)
    // A keepalive.
    cluster.send(transport(11, counter: 5), from: atNew, to: entrance)
    // His earlier address has been silent for long enough.
    cluster.pass(milliseconds: 550)
    var (asked, answered) = (0, 0)
    for counter in 1...40 as ClosedRange<UInt64> {
      asked += 1
      let there = cluster.send(transport(21, counter: counter, bytes: 48), from: atAnna, to: anna)
      #expect(there.allSatisfy { $0.hops <= 2 })
      if let receipt = there.first(where: { $0.at == atNew }) {
        #expect(receipt.from == entrance)
        let back = cluster.send(transport(11, counter: 5 + counter, bytes: 48), from: atNew, to: entrance)
        answered += back.count { $0.at == atAnna }
      }
      cluster.pass(milliseconds: 25)
    }
    #expect(answered == asked)
    #expect(homes(of: atNew, cluster) == [entrance])
    let settled = cluster.send(transport(21, counter: 50, bytes: 48), from: atAnna, to: anna)
    #expect(settled.map(\.at) == [atNew])
  }

  /// His home ends, and the load balancer's address translation gives him another port. He must not wait for its silence.
  @Test(arguments: ways) func peerOfAMemberThatEndsIsFollowedAtOnce(_ anna: Int, _ entrance: Int) {
    let cluster = cluster(3)
    connect(cluster, anna, 1)
    cluster.send(transport(11, counter: 1, bytes: 48), from: atBert, to: 1)
    cluster.members[1].relay.machine.beginDraining()
    cluster.send(transport(11, counter: 2, bytes: 48), from: atNew, to: entrance)
    let there = cluster.send(transport(21, counter: 1, bytes: 48), from: atAnna, to: anna)
    #expect(there.contains { $0.at == atNew && $0.from == entrance && $0.hops <= 2 })
    for counter in 3...13 as ClosedRange<UInt64> {
      cluster.pass(milliseconds: 25)
      cluster.send(transport(11, counter: counter, bytes: 48), from: atNew, to: entrance)
    }
    #expect(homes(of: atNew, cluster) == [entrance])
    cluster.leave(1)
    if anna != 1 {
      #expect(cluster.send(transport(21, counter: 2, bytes: 48), from: atAnna, to: anna).map(\.at) == [atNew])
    }
  }

  /// All that he sends is a keepalive, which is too short to earn a copy of a longer packet.
  @Test(arguments: ways) func keepaliveIsEnoughIfTheHomeEnds(_ anna: Int, _ entrance: Int) {
    let cluster = cluster(3)
    connect(cluster, anna, 1)
    cluster.members[1].relay.machine.beginDraining()
    cluster.send(transport(11, counter: 5), from: atNew, to: entrance)
    cluster.pass(milliseconds: 300)
    let there = cluster.send(transport(21, counter: 1, bytes: 1_400), from: atAnna, to: anna)
    #expect(there.map(\.at) == [atNew] && there.map(\.from) == [entrance])
    #expect(homes(of: atNew, cluster) == [entrance])
  }

  /// Nothing moves while he still sends where he was.
  @Test(arguments: ways) func memberThatEndsKeepsWhoStillSendsThere(_ anna: Int, _ entrance: Int) {
    let cluster = cluster(3)
    connect(cluster, anna, 1)
    cluster.members[1].relay.machine.beginDraining()
    for counter in 1...20 as ClosedRange<UInt64> {
      cluster.send(transport(11, counter: 2 * counter, bytes: 48), from: atNew, to: entrance)
      cluster.send(transport(11, counter: 2 * counter + 1, bytes: 48), from: atBert, to: 1)
      cluster.pass(milliseconds: 50)
    }
    #expect(cluster.send(transport(21, counter: 1, bytes: 48), from: atAnna, to: anna).map(\.at).contains(atBert))
    #expect(homes(of: atBert, cluster) == [1])
  }

  /// His home has died, and his first packet elsewhere comes before or after the others notice.
  @Test(arguments: [0, 2], [0, 300, 1_500] as [UInt64])
  func keepaliveIsEnoughIfTheHomeIsDead(_ entrance: Int, _ silence: UInt64) {
    let cluster = cluster(3)
    connect(cluster, 0, 1)
    cluster.send(transport(11, counter: 5), from: atBert, to: 1)
    cluster.pass(milliseconds: 1_000)
    cluster.kill(1)
    cluster.pass(milliseconds: silence)
    // The first is a repetition.
    for counter in [4, 6] as [UInt64] {
      cluster.send(transport(11, counter: counter), from: counter == 4 ? address(8) : atNew, to: entrance)
    }
    cluster.pass(milliseconds: 900)
    let there = cluster.send(transport(21, counter: 1, bytes: 1_400), from: atAnna, to: 0)
    #expect(there.map(\.at) == [atNew] && there.map(\.from) == [entrance])
  }

  /// An address that has proven nothing gets at most three times the bytes that it sent, as at a lone relay.
  @Test(arguments: ways, [false, true])
  func candidateAtAnotherMemberGetsLittle(_ way: (anna: Int, entrance: Int), _ isDraining: Bool) {
    let cluster = cluster(3)
    connect(cluster, way.anna, 1)
    if isDraining { cluster.members[1].relay.machine.beginDraining() }
    // The second has no higher counter: it earns nothing.
    for _ in 0..<2 { cluster.send(transport(11, counter: 5, bytes: 40), from: atNew, to: way.entrance) }
    // A member that ends follows after 200 ms.
    cluster.pass(milliseconds: isDraining ? 100 : 550)
    var bytes = 0
    for counter in 1...50 as ClosedRange<UInt64> {
      let copies = cluster.send(transport(21, counter: counter, bytes: 48), from: atAnna, to: way.anna)
      #expect(copies.map(\.at).contains(atBert))
      bytes += copies.filter { $0.at == atNew }.reduce(0) { $0 + $1.bytes.count + 28 }
    }
    #expect(bytes > 0 && bytes <= 3 * (40 + 28))
    #expect(homes(of: atBert, cluster) == [1])
  }

  /// While the earlier address is in use, copies would only be a way to read along.
  @Test(arguments: ways) func noCopiesWhileTheEarlierAddressIsInUse(_ anna: Int, _ entrance: Int) {
    let cluster = cluster(3)
    connect(cluster, anna, 1)
    for counter in 1...50 as ClosedRange<UInt64> {
      cluster.send(transport(11, counter: 2 * counter, bytes: 48), from: atBert, to: 1)
      cluster.send(transport(11, counter: 2 * counter + 1, bytes: 48), from: atNew, to: entrance)
      let there = cluster.send(transport(21, counter: counter, bytes: 48), from: atAnna, to: anna)
      #expect(there.map(\.at) == [atBert])
      cluster.pass(milliseconds: 25)
    }
    #expect(homes(of: atBert, cluster) == [1])
  }

  /// With strict roaming, only a handshake moves a peer to another address. At its own address, it may arrive anywhere.
  @Test(arguments: ways, [false, true]) func strictMembersFollowNoData(
    _ way: (anna: Int, entrance: Int), _ isDead: Bool
  ) {
    let cluster = cluster(3)
    connect(cluster, way.anna, 1)
    for member in cluster.members { member.relay.machine.isRoamingStrict = true }
    if isDead { cluster.kill(1) } else { cluster.members[1].relay.machine.beginDraining() }
    for counter in 5...20 as ClosedRange<UInt64> {
      cluster.send(transport(11, counter: counter), from: atNew, to: way.entrance)
      cluster.pass(milliseconds: 100)
    }
    let there = cluster.send(transport(21, counter: 1, bytes: 48), from: atAnna, to: way.anna)
    #expect(!there.map(\.at).contains(atNew))
    cluster.send(transport(11, counter: 30), from: atBert, to: way.entrance)
    cluster.pass(milliseconds: 100)
    if !isDead || way.anna != 1 {
      #expect(cluster.send(transport(21, counter: 2, bytes: 48), from: atAnna, to: way.anna).map(\.at) == [atBert])
    }
  }

  /// Only the home of the end that may have moved may allow copies, and no address of another group gets any.
  @Test func memberThatLiesAboutAMoveBringsNoCopies() {
    let (cleo, dora) = (Peer("cleo", 3, group: "other"), Peer("dora", 4, group: "other"))
    let (atCleo, atDora) = (address(3), address(4))
    let cluster = VirtualCluster(3, keys: [anna, bert, cleo, dora])
    connect(cluster, 0, 1)
    for (other, place, sender) in [(dora, atCleo, 70), (cleo, atDora, 71)] as [(Peer, Endpoint, UInt32)] {
      let cookie = cluster.members[0].relay.cookie(for: place)
      cluster.send(other.initiation(sender: sender, cookie: cookie), from: place, to: 0)
    }
    cluster.send(dora.initiation(sender: 31), from: atCleo, to: 0)
    cluster.send(cleo.response(sender: 41, receiver: 31), from: atDora, to: 0)
    cluster.send(transport(41, counter: 0), from: atCleo, to: 0)
    cluster.pass(milliseconds: 600)
    let identity = SessionFacts.Identity(
      initiatorKey: anna.publicKey, responderKey: bert.publicKey, towardResponder: 21, towardInitiator: 11)
    var (counter, data): (UInt64, UInt64) = (1 << 40, 0)
    func copies(at source: Endpoint, saidBy member: Int, entrance: Int, credit: UInt32 = 1_000) -> [Endpoint] {
      counter += 1
      data += 1
      cluster.members[0].relay.machine.receive(
        .accompaniment(
          ClusterMessage.Accompaniment(
            session: identity, isInitiator: false, source: source, entrance: cluster.members[entrance].id,
            credit: credit, isSteady: true)),
        from: cluster.members[member].id, counter: counter, at: cluster.members[member].control, at: cluster.now)
      let receipts = cluster.send(transport(21, counter: data, bytes: 48), from: atAnna, to: 0)
      return receipts.map(\.at).filter { $0 != atBert }
    }
    #expect(copies(at: atNew, saidBy: 2, entrance: 0).isEmpty)
    #expect(copies(at: atCleo, saidBy: 1, entrance: 0).isEmpty)
    #expect(copies(at: atNew, saidBy: 1, entrance: 0, credit: .max).isEmpty)
    #expect(copies(at: atNew, saidBy: 1, entrance: 0) == [atNew])
  }
}
