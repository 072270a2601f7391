import Testing

@testable import RelayCore

/// Two members whose own addresses are hidden by address translation, as those of two regions.
private final class TranslatedPair {
  let members: [VirtualRelay]
  private let controls: [Endpoint]
  private let datas: [Endpoint]
  /// Where others reach the members.
  let publicControls = [Endpoint(ipv4: 0xCB00_7101, port: 7_000), Endpoint(ipv4: 0xCB00_7102, port: 7_000)]
  let publicDatas = [Endpoint(ipv4: 0xCB00_7101, port: 40_000), Endpoint(ipv4: 0xCB00_7102, port: 40_000)]
  /// What the members' own packets seem to come from.
  let shownControls = [Endpoint(ipv4: 0xCB00_7101, port: 51_001), Endpoint(ipv4: 0xCB00_7102, port: 51_002)]
  var shownDatas = [Endpoint(ipv4: 0xCB00_7101, port: 52_001), Endpoint(ipv4: 0xCB00_7102, port: 52_002)]
  /// Members whose packets to a public host are not let out.
  var silenced: Set<Int> = []
  var now = Instant(seconds: 1_000)

  init(keys: [Peer], ids: [MemberID] = [1, 2], clusterKeys: [UInt8] = [7, 7]) {
    members = ids.map { _ in VirtualRelay(keys: keys) }
    // Both have the same address in their own networks.
    controls = ids.map { _ in Endpoint(ipv4: 0x0A00_0005, port: 7_000) }
    datas = ids.map { _ in Endpoint(ipv4: 0x0A00_0005, port: 40_000) }
    for (number, member) in members.enumerated() {
      member.now = now
      member.switches.isMember = true
      member.machine.joinCluster(
        id: ids[number], keys: [[UInt8](repeating: clusterKeys[number], count: 32)], control: controls[number],
        data: datas[number], at: now)
      member.machine.setClusterPlaces([publicControls[1 - number]])
    }
  }

  /// Returns the member that a packet reaches, and where it seems to come from; nil if it is lost.
  private func route(
    _ endpoint: Endpoint, from number: Int, _ publics: [Endpoint], _ shown: [Endpoint]
  ) -> (to: Int, source: Endpoint)? {
    if endpoint == publics[1 - number], !silenced.contains(number) { return (1 - number, shown[number]) }
    // An answer to a packet that the other sent first.
    if endpoint == shown[1 - number] { return (1 - number, publics[number]) }
    return nil
  }

  func pass(milliseconds: UInt64) {
    for _ in 0..<(milliseconds / 25) {
      now = now.advanced(milliseconds: 25)
      for member in members {
        member.now = now
        member.machine.advanceCluster(to: now)
      }
      for _ in 0..<4 { for number in members.indices { carry(from: number) } }
    }
  }

  /// What peers received.
  private(set) var received: [(at: Endpoint, from: Int, bytes: [UInt8])] = []

  private func carry(from number: Int) {
    for (endpoint, bytes) in members[number].machine.takeClusterDatagrams() {
      guard let (to, source) = route(endpoint, from: number, publicControls, shownControls) else { continue }
      members[to].machine.receiveClusterDatagram(bytes, from: source, at: now)
    }
    for (endpoint, bytes) in members[number].machine.takeGreetings() { deliver(bytes, to: endpoint, from: number) }
    let outbox = members[number].machine.outbox
    members[number].machine.outbox = []
    for transmission in outbox { deliver(transmission.bytes, to: transmission.to, from: number) }
  }

  private func deliver(_ bytes: [UInt8], to endpoint: Endpoint, from number: Int) {
    if let (to, source) = route(endpoint, from: number, publicDatas, shownDatas) {
      for delivery in members[to].receive(bytes, from: source) { deliver(delivery.bytes, to: delivery.to, from: to) }
    } else {
      received.append((endpoint, number, bytes))
    }
  }

  /// Lets a member receive a peer's datagram.
  ///
  /// - Returns: What peers received because of it.
  func send(_ bytes: [UInt8], from source: Endpoint, to number: Int) -> [Endpoint] {
    received = []
    for delivery in members[number].receive(bytes, from: source) {
      deliver(delivery.bytes, to: delivery.to, from: number)
    }
    for _ in 0..<4 { for number in members.indices { carry(from: number) } }
    return received.map(\.at)
  }

  func data(of number: Int) -> Endpoint? {
    members[1 - number].machine.cluster?.members.reachable(at: now).first?.data
  }
}

@Suite struct MemberPathsTests {
  private let anna = Peer("anna", 1)
  private let bert = Peer("bert", 2)

  private func greeting(_ stamp: UInt64, _ echo: UInt64 = 0) -> MemberPaths.Greeting {
    MemberPaths.Greeting(stamp: stamp, echo: echo)
  }

  /// A way counts once its own stamp has come back on it, and for a second.
  @Test func stampProvesTheWayThatItTravels() throws {
    var paths = MemberPaths()
    var now = Instant(seconds: 5)
    var next: UInt64 = 100
    func sent() -> [Endpoint: UInt64] {
      let greetings = paths.greetings([(9, address(1))], at: now) {
        next += 1
        return next
      }
      return Dictionary(uniqueKeysWithValues: greetings.map { ($0.to, $0.greeting.stamp) })
    }
    let stamp = try #require(sent()[address(1)])
    paths.receive(greeting(7, stamp), from: 9, at: address(2), at: now)
    #expect(paths.best(to: 9, from: 1, at: now) == nil)
    paths.receive(greeting(8, stamp &+ 1), from: 9, at: address(1), at: now)
    #expect(paths.best(to: 9, from: 1, at: now) == nil)
    paths.receive(greeting(9, stamp), from: 9, at: address(1), at: now)
    #expect(paths.best(to: 9, from: 1, at: now) == address(1))
    // Its successor at the address has proven nothing.
    var other = paths
    other.receive(greeting(3, stamp), from: 10, at: address(1), at: now)
    #expect(other.best(to: 10, from: 1, at: now) == nil && other.best(to: 9, from: 1, at: now) == nil)
    now = now.advanced(milliseconds: 1_000)
    #expect(paths.best(to: 9, from: 1, at: now) == nil)
  }

  /// Of two ways, both ends take the one that the lower number greeted first.
  @Test func bothEndsChooseOneWay() {
    let now = Instant(seconds: 5)
    var paths = MemberPaths()
    paths.receive(greeting(1), from: 9, at: address(2), at: now)
    for (endpoint, sent) in paths.greetings([(9, address(1))], at: now, random: { 77 }) {
      paths.receive(greeting(2, sent.stamp), from: 9, at: endpoint, at: now)
    }
    #expect(paths.best(to: 9, from: 1, at: now) == address(1))
    #expect(paths.best(to: 9, from: 20, at: now) == address(2))
    #expect(paths.proven(at: now).count == 2)
  }

  @Test(arguments: [[1, 2], [2, 1]] as [[MemberID]]) func membersBehindTranslationServeOneTunnel(_ ids: [MemberID]) {
    let pair = TranslatedPair(keys: [anna, bert], ids: ids)
    pair.pass(milliseconds: 3_000)
    // Both use one way: one end sees the public host, the other what the packets seem to come from.
    let first = ids[0] < ids[1] ? 0 : 1
    #expect(pair.data(of: 1 - first) == pair.publicDatas[1 - first])
    #expect(pair.data(of: first) == pair.shownDatas[first])
    connect(pair)
    #expect(pair.send(transport(21, counter: 1), from: address(1), to: 0) == [address(2)])
    #expect(pair.send(transport(11, counter: 1), from: address(2), to: 1) == [address(1)])
    #expect(pair.members.allSatisfy { $0.counters[.movedPackets] == 0 })
  }

  private func connect(_ pair: TranslatedPair) {
    for (number, other) in [bert, anna].enumerated() {
      let place = address(UInt8(number + 1))
      let cookie = pair.members[number].cookie(for: place)
      _ = pair.send(other.initiation(sender: UInt32(30 + number), cookie: cookie), from: place, to: number)
    }
    pair.pass(milliseconds: 300)
    #expect(pair.send(bert.initiation(sender: 11), from: address(1), to: 0).contains(address(2)))
    #expect(pair.send(anna.response(sender: 21, receiver: 11), from: address(2), to: 1).contains(address(1)))
    #expect(pair.send(transport(21, counter: 0), from: address(1), to: 0) == [address(2)])
    pair.pass(milliseconds: 300)
  }

  /// If one way ends, members take the other, and a translation that changes is found again.
  @Test func anotherWayIsFound() {
    let pair = TranslatedPair(keys: [anna, bert])
    pair.pass(milliseconds: 3_000)
    connect(pair)
    pair.silenced = [0]
    pair.pass(milliseconds: 2_000)
    #expect(pair.send(transport(21, counter: 5), from: address(1), to: 0) == [address(2)])
    pair.silenced = []
    pair.shownDatas = [Endpoint(ipv4: 0xCB00_7101, port: 53_001), Endpoint(ipv4: 0xCB00_7102, port: 53_002)]
    pair.pass(milliseconds: 2_500)
    #expect(pair.send(transport(21, counter: 9), from: address(1), to: 0) == [address(2)])
    #expect(pair.send(transport(11, counter: 9), from: address(2), to: 1) == [address(1)])
  }

  /// Without the cluster's key, or from a process that is not a member, a greeting changes nothing.
  @Test func strangersProveNothing() {
    let pair = TranslatedPair(keys: [anna, bert])
    pair.pass(milliseconds: 3_000)
    let before = [pair.data(of: 0), pair.data(of: 1)]
    for key in [UInt8(7), 8] {
      var stranger = ClusterCipher(keys: [[UInt8](repeating: key, count: 32)], sender: 99)
      let sealed = stranger.seal(ClusterMessage.greeting(greeting(1)).bytes) ?? []
      #expect((MemberGreeting.magic + sealed).count == MemberGreeting.length)
      #expect(pair.send(MemberGreeting.magic + sealed, from: address(7), to: 0).isEmpty)
    }
    pair.pass(milliseconds: 500)
    #expect([pair.data(of: 0), pair.data(of: 1)] == before)
    #expect(pair.members[0].machine.cluster?.members.dataEndpoints(at: pair.now).contains(address(7)) == false)
  }

  /// A relay without a cluster has no greetings: they are malformed, as before.
  @Test func loneRelayKnowsNoGreetings() {
    let relay = VirtualRelay(keys: [anna, bert])
    let bytes = MemberGreeting.magic + [UInt8](repeating: 1, count: MemberGreeting.length - 4)
    #expect(relay.receive(bytes, from: address(7)).isEmpty)
    #expect(relay.dropped(.malformed) == 1)
  }
}
