import TestSupport
import Testing

@testable import RelayCore

/// Without the cluster's key nothing is read, and no message counts twice.
@Suite struct ClusterCipherTests {
  let key = (0..<32).map { UInt8($0) }

  @Test func membersReadEachOther() {
    var first = ClusterCipher(keys: [key], sender: 1)
    var second = ClusterCipher(keys: [key], sender: 2)
    for number in 0..<3 as Range<UInt64> {
      let datagram = first.seal([1, 2, 3]) ?? []
      let opened = second.open(datagram)
      #expect(opened == ClusterCipher.Opened(sender: 1, counter: number, message: [1, 2, 3]))
    }
    let own = first.open(first.seal([1]) ?? [])
    #expect(own == nil, "a member's own message comes back from nowhere")
  }

  @Test func nothingElseIsRead() {
    var first = ClusterCipher(keys: [key], sender: 1)
    var second = ClusterCipher(keys: [key], sender: 2)
    var stranger = ClusterCipher(keys: [key.reversed()], sender: 3)
    let datagram = first.seal([1, 2, 3]) ?? []
    #expect(datagram.count == 3 + ClusterCipher.overhead)
    var wrong = [datagram + [0]]
    for place in datagram.indices {
      var damaged = datagram
      damaged[place] ^= 1
      wrong.append(damaged)
    }
    for length in 0..<datagram.count { wrong.append(Array(datagram.prefix(length))) }
    for bytes in wrong + [stranger.seal([1]) ?? []] {
      let opened = second.open(bytes)
      #expect(opened == nil, "\(bytes)")
    }
    let opened = stranger.open(datagram)
    #expect(opened == nil)
  }

  /// A key can be changed while the members read each other all the time.
  @Test func keyIsChangedInThreeSteps() {
    let old = key
    let new = Array(key.reversed())
    var members = [ClusterCipher(keys: [old], sender: 1), ClusterCipher(keys: [old], sender: 2)]
    func expectMembersReadEachOther() {
      for (from, to) in [(0, 1), (1, 0)] {
        let datagram = members[from].seal([1]) ?? []
        let opened = members[to].open(datagram)
        #expect(opened?.sender == MemberID(from + 1))
      }
    }
    for step in [[old, new], [new, old], [new]] {
      for index in members.indices {
        members[index].replaceKeys(step)
        expectMembersReadEachOther()
      }
    }
    var late = ClusterCipher(keys: [old], sender: 3)
    let refused = members[0].open(late.seal([1]) ?? [])
    #expect(refused == nil, "the old key does not count any more")
  }

  /// A key that comes back must not meet a nonce that it was used with.
  @Test func countersGoOnWhenKeysChange() {
    var first = ClusterCipher(keys: [key], sender: 1)
    var second = ClusterCipher(keys: [key], sender: 2)
    _ = first.seal([1])
    first.replaceKeys([key.reversed()])
    _ = first.seal([1])
    first.replaceKeys([key])
    let opened = second.open(first.seal([1]) ?? [])
    #expect(opened?.counter == 2)
  }

  @Test func everyCounterCountsOnce() {
    var window = ReplayWindow()
    func accept(_ counters: [UInt64]) -> [Bool] { counters.map { window.accept($0) } }
    let counters: [UInt64] = [0, 1, 3, 2, 2_000, 1_990, 500]
    #expect(accept(counters) == counters.map { _ in true })
    #expect(accept(counters) == counters.map { _ in false })
    #expect(accept([1_000_000, 2_001, .max, .max]) == [true, false, true, false])
  }

  @Test(arguments: 0..<20 as Range<UInt64>) func windowAgreesWithASet(_ seed: UInt64) {
    var generator = SeededGenerator(seed)
    var window = ReplayWindow()
    var seen: Set<UInt64> = []
    var highest: UInt64 = 0
    for _ in 0..<3_000 {
      let back = min(highest, .random(in: 0...60, using: &generator))
      let counter = highest - back + .random(in: 0...40, using: &generator)
      let isNew = window.accept(counter)
      #expect(isNew == seen.insert(counter).inserted)
      highest = max(highest, counter)
    }
  }

  static let messages: [ClusterMessage] = {
    let end = SessionFacts.End(endpoint: address(1), moves: 3, counter: 9)
    let identity = SessionFacts.Identity(
      initiatorKey: [UInt8](repeating: 1, count: 32), responderKey: [UInt8](repeating: 2, count: 32),
      towardResponder: 7, towardInitiator: .max)
    let facts = SessionFacts(identity: identity, initiator: end, responder: end, confirmedAge: nil, lifetime: 5)
    var confirmed = facts
    confirmed.confirmedAge = 0
    let delivery = ClusterMessage.Delivery(bytes: [1, 2], trafficClass: 0x88, target: address(2))
    return [
      .heartbeat(
        Heartbeat(
          stamp: 1, echo: 2, held: 3, data: address(3), isReady: true, digest: 4,
          members: [address(4)])),
      .leave, .digests([1, .max]), .want([0, 127]), .delivery(delivery), .response(delivery, facts),
      .records([
        .session(confirmed), .home(address(5), Home(member: 6, moves: 7), groups: [Array("acme".utf8)], age: 8),
        .cookies(9, current: [1], previous: [], age: 10),
      ]),
      .initiation(
        ClusterMessage.ForwardedInitiation(
          bytes: [3], trafficClass: 1, source: address(1), target: address(2), key: [4], group: [5], isTrusted: true)),
      .arrival(
        ClusterMessage.Arrival(session: identity, isFromInitiator: true, source: address(1), counter: 2, length: 3)),
      .accompaniment(
        ClusterMessage.Accompaniment(
          session: identity, isInitiator: false, source: address(1), entrance: 2, credit: 3, isSteady: true)),
      .demand(
        Demand(
          round: 1, bytes: [Demand.Class(keys: 2, amount: 3)], packets: [Demand.Class(keys: 4, amount: 5)],
          keys: [Demand.Key(key: [6], bytes: 7, packets: 8)])),
      .counts(
        ClusterMessage.Counts(
          source: 1,
          keys: [
            .init(
              key: [2],
              count: KeyCount(
                handshakes: 3, received: Volume(packets: 4, bytes: 5), sent: Volume(packets: 6, bytes: .max)))
          ])),
      .spent([Spending.Entry(kind: 4, name: [], count: 5), Spending.Entry(kind: 10, name: [6], count: 7)]),
    ]
  }()

  @Test(arguments: messages) func messagesAreReadAsWritten(_ message: ClusterMessage) {
    #expect(ClusterMessage(message.bytes) == message)
  }

  /// A member with another version, or with malice, ends no other.
  @Test(arguments: messages) func damagedMessagesAreRefusedOrHarmless(_ message: ClusterMessage) {
    var generator = SeededGenerator(UInt64(message.bytes.count))
    let relay = VirtualRelay(keys: [Peer("anna", 1), Peer("bert", 2)])
    relay.machine.joinCluster(id: 1, keys: [key], control: address(90), data: address(91), at: relay.now)
    prove(relay, member: 2)
    for round in 0..<2_000 as Range<UInt64> {
      var bytes = message.bytes
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        guard let place = bytes.indices.randomElement(using: &generator) else { continue }
        bytes[place] = .random(in: 0...255, using: &generator)
      }
      if Bool.random(using: &generator) { bytes = Array(bytes.prefix(.random(in: 0...bytes.count, using: &generator))) }
      guard let damaged = ClusterMessage(bytes) else { continue }
      relay.machine.receive(damaged, from: 2, counter: 100 + round, at: address(92), at: relay.now)
      relay.machine.advanceCluster(to: relay.now)
      _ = relay.machine.takeClusterDatagrams()
      relay.machine.outbox = []
      relay.machine.notices = []
    }
  }

  /// A heartbeat that was recorded returns no stamp of this process, so it brings no dead member back.
  @Test func recordedHeartbeatProvesNothing() {
    let relay = VirtualRelay(keys: [Peer("anna", 1)])
    relay.machine.joinCluster(id: 1, keys: [key], control: address(90), data: address(91), at: relay.now)
    let recorded = Heartbeat(
      stamp: 5, echo: 6, held: 0, data: address(93), isReady: true, digest: 0, members: [])
    for counter in 0..<50 as Range<UInt64> {
      relay.machine.receive(.heartbeat(recorded), from: 2, counter: counter, at: address(92), at: relay.now)
      relay.pass(milliseconds: 250)
      relay.machine.advanceCluster(to: relay.now)
    }
    #expect(relay.machine.cluster?.members.isProven(2) == false)
    let home = ClusterRecord.home(address(1), Home(member: 2, moves: 1), groups: [], age: 0)
    relay.machine.receive(.records([home]), from: 2, counter: 60, at: address(92), at: relay.now)
    #expect(relay.machine.cluster?.homes.isEmpty == true, "what it says does not count")
  }

  /// Lets a member return a stamp.
  private func prove(_ relay: VirtualRelay, member: MemberID) {
    var heartbeat = Heartbeat(
      stamp: 1, echo: 0, held: 0, data: address(92), isReady: true, digest: 0, members: [])
    relay.machine.receive(.heartbeat(heartbeat), from: member, counter: 1, at: address(92), at: relay.now)
    relay.pass(milliseconds: 300)
    relay.machine.advanceCluster(to: relay.now)
    for (_, message) in relay.machine.clusterOutbox {
      if case .heartbeat(let sent) = message { heartbeat.echo = sent.stamp }
    }
    relay.machine.clusterOutbox = []
    relay.machine.receive(.heartbeat(heartbeat), from: member, counter: 2, at: address(92), at: relay.now)
    #expect(relay.machine.cluster?.members.isProven(member) == true)
  }
}
