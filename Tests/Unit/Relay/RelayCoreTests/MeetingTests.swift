import TestSupport
import Testing

@testable import RelayCore

/// Peers that start together find each other by their first messages, and unproven addresses gain nothing by it.
@Suite struct MeetingTests {
  let anna = Peer("anna", 1)
  let bert = Peer("bert", 2)
  let cara = Peer("cara", 3)
  let dora = Peer("dora", 4)
  let eve = Peer("eve", 5, group: "rivals")
  let atAnna = address(1)
  let atBert = address(2)
  let atCara = address(3)
  let atDora = address(4)

  func relay(_ limits: RelayLimits = RelayLimits()) -> VirtualRelay {
    VirtualRelay(keys: [anna, bert, cara, dora, eve], limits: limits)
  }

  /// Lets the peer at a delivery's address answer it, and the initiator confirm.
  ///
  /// - Returns: Whether data passes both ways.
  private func complete(
    _ relay: VirtualRelay, _ delivery: Delivery?, from initiator: Peer, _ atInitiator: Endpoint, index: UInt32 = 500
  ) -> Bool {
    guard let delivery, let message = HandshakeMessage(delivery.bytes), message.kind == .initiation else {
      return false
    }
    let response = initiator.response(sender: index, receiver: message.sender)
    guard relay.receive(response, from: delivery.to).map(\.to) == [atInitiator] else { return false }
    return relay.receive(transport(index, counter: 0), from: atInitiator).map(\.to) == [delivery.to]
      && relay.receive(transport(message.sender, counter: 0), from: delivery.to).map(\.to) == [atInitiator]
  }

  @Test(arguments: [0, 1, 75, 149] as [UInt64])
  func peersThatStartTogetherNeedOneAttempt(_ gap: UInt64) {
    let relay = relay()
    #expect(relay.receive(bert.initiation(sender: 10), from: atAnna).isEmpty)
    #expect(relay.pass(milliseconds: gap).isEmpty)
    let met = relay.receive(anna.initiation(sender: 20), from: atBert)
    // One of the two messages only: if both answered, WireGuard would drop both handshakes.
    #expect(met == [Delivery(to: atBert, bytes: bert.initiation(sender: 10))])
    #expect(complete(relay, met.first, from: anna, atAnna))
    #expect(relay.machine.handshakes == 1)
    #expect(relay.machine.addresses[atAnna] != nil)
    #expect(relay.machine.addresses[atBert] != nil)
    #expect(relay.pass(seconds: 20).isEmpty, "no one has to be asked for a cookie")
    #expect(relay.dropped(.challenged) == 0)
  }

  @Test func cookieComesWhenThePeerDoesNot() {
    let relay = relay()
    #expect(relay.receive(bert.initiation(sender: 10), from: atAnna).isEmpty)
    #expect(relay.pass(milliseconds: 149).isEmpty)
    let answer = relay.pass(milliseconds: 1)
    #expect(answer.map(\.to) == [atAnna])
    #expect(answer.map(\.type) == [3])
    #expect(relay.dropped(.challenged) == 1)
    // The next attempt does not wait.
    relay.pass(seconds: 5)
    #expect(relay.receive(bert.initiation(sender: 11), from: atAnna).map(\.type) == [3])
  }

  @Test func peersMeetAmongOthers() {
    let relay = relay()
    _ = relay.introduce(atCara, asking: dora, sender: 30)
    _ = relay.introduce(atDora, asking: cara, sender: 40)
    relay.pass(seconds: 1)
    #expect(relay.receive(bert.initiation(sender: 10), from: atAnna).isEmpty)
    relay.pass(milliseconds: 99)
    let met = relay.receive(anna.initiation(sender: 20), from: atBert)
    #expect(complete(relay, met.first { $0.to == atBert }, from: anna, atAnna))
  }

  enum Order: CaseIterable { case hubFirst, hubLast, hubBetween }

  @Test(arguments: Order.allCases) func hubMeetsItsSites(_ order: Order) {
    let relay = relay()
    let sites = [(bert, atBert), (cara, atCara), (dora, atDora)]
    var met: Set<String> = []
    var index: UInt32 = 700
    func settle(_ deliveries: [Delivery]) {
      for delivery in deliveries where delivery.type == 1 {
        guard let message = HandshakeMessage(delivery.bytes) else { continue }
        // Senders below 100 are the hub's, and their last digit is the site.
        let isHubs = message.sender < 100
        let site = Int(message.sender % 10)
        guard delivery.to == (isHubs ? sites[site].1 : atAnna) else { continue }
        index += 1
        let initiator = isHubs ? anna : sites[site].0
        let answer = relay.receive(initiator.response(sender: index, receiver: message.sender), from: delivery.to)
        guard let response = answer.first(where: { $0.type == 2 }) else { continue }
        met.insert(sites[site].0.name)
        settle(relay.receive(transport(index, counter: 0), from: response.to))
      }
    }
    func hubAsks() {
      for (number, site) in sites.enumerated() {
        settle(relay.receive(site.0.initiation(sender: 10 + UInt32(number)), from: atAnna))
      }
    }
    func asks(_ number: Int) {
      settle(relay.receive(anna.initiation(sender: 100 + UInt32(number)), from: sites[number].1))
    }
    if order == .hubFirst { hubAsks() }
    asks(0)
    if order == .hubBetween { hubAsks() }
    asks(1)
    asks(2)
    if order == .hubLast { hubAsks() }
    #expect(met == ["bert", "cara", "dora"])
  }

  /// A wrong guess delays a peer by its next attempt at most.
  @Test func wrongGuessIsNotRepeated() {
    let relay = relay()
    relay.receive(bert.initiation(sender: 10), from: atAnna)
    // It is cara, who asks for anna; bert is not there.
    #expect(relay.receive(anna.initiation(sender: 30), from: atCara).map(\.to) == [atCara])
    relay.pass(seconds: 5)
    #expect(relay.receive(anna.initiation(sender: 31), from: atCara).map(\.type) == [3])
    #expect(relay.receive(bert.initiation(sender: 11), from: atAnna).map(\.type) == [3])
    let cookie = relay.cookie(for: atAnna)
    relay.pass(seconds: 5)
    relay.receive(bert.initiation(sender: 12, cookie: cookie), from: atAnna)
    let asked = relay.receive(anna.initiation(sender: 32, cookie: relay.cookie(for: atCara)), from: atCara)
    #expect(complete(relay, asked.first { $0.to == atAnna }, from: cara, atCara))
  }

  /// A peer that has proven its address is the one that is asked, because it may be sent anything.
  @Test(arguments: [true, false]) func provenPeerIsAsked(_ isFirst: Bool) {
    let relay = relay()
    _ = relay.introduce(atCara, asking: dora, sender: 30)
    _ = relay.introduce(atDora, asking: cara, sender: 40)
    relay.pass(seconds: 1)
    let proof = bert.initiation(sender: 10, cookie: relay.cookie(for: atAnna))
    if isFirst { relay.receive(proof, from: atAnna) }
    let first = relay.receive(anna.initiation(sender: 20), from: atBert)
    relay.pass(milliseconds: 99)
    let met = isFirst ? first : relay.receive(proof, from: atAnna)
    #expect(met.contains { $0.to == atAnna && $0.bytes == anna.initiation(sender: 20) })
    #expect(!met.contains { $0.to == atBert })
    #expect(relay.pass(milliseconds: 1).map(\.type) == [3], "its credit is still there")
  }

  @Test func answerOfAProvenPeerNeedsNoCookie() {
    let relay = relay()
    relay.receive(bert.initiation(sender: 10, cookie: relay.cookie(for: atAnna)), from: atAnna)
    let met = relay.receive(anna.initiation(sender: 20), from: atBert)
    #expect(met.map(\.to) == [atAnna])
    #expect(complete(relay, met.first, from: bert, atBert))
    #expect(relay.pass(seconds: 2).isEmpty)
  }

  @Test func initiationThatStopsWaitingHasNoTarget() {
    let relay = relay()
    _ = relay.introduce(atAnna, asking: bert, sender: 10)
    #expect(relay.dropped(.noTarget) == 0)
    relay.pass(milliseconds: 300)
    #expect(relay.dropped(.noTarget) == 1)
  }

  @Test func groupsDoNotMeet() {
    let relay = relay()
    relay.receive(bert.initiation(sender: 10), from: atAnna)
    #expect(relay.receive(eve.initiation(sender: 50), from: address(5)).isEmpty)
  }

  @Test func revokedKeysInitiationsStopWaiting() {
    let relay = relay()
    relay.receive(bert.initiation(sender: 10), from: atAnna)
    relay.machine.replaceKeys([anna, cara, dora, eve].map(\.allowed), at: relay.now)
    #expect(relay.machine.waiting.count == 0)
    #expect(relay.receive(anna.initiation(sender: 20), from: atBert).isEmpty)
  }

  /// Forged sources fill their group's room, and cost no one more than a second attempt.
  @Test func roomIsBounded() {
    var limits = RelayLimits()
    limits.waitingInitiations = 100
    limits.waitingInitiationsPerGroup = 40
    let relay = relay(limits)
    for number in 0..<500 as Range<UInt32> {
      relay.receive(bert.initiation(sender: 1_000 + number), from: Endpoint(ipv4: 0x0A00_0000 | number, port: 9))
      relay.receive(eve.initiation(sender: 5_000 + number), from: Endpoint(ipv4: 0x0B00_0000 | number, port: 9))
    }
    #expect(relay.machine.waiting.count == 80)
    #expect(relay.receive(bert.initiation(sender: 10), from: atAnna).map(\.type) == [3], "today's way still works")
    relay.pass(milliseconds: 300)
    #expect(relay.machine.waiting.count == 0)
    #expect(relay.machine.waiting.nextDeadline == nil)
  }

  /// Whatever peers, forgers and their accomplices send: an address that has proven nothing is sent no more bytes than
  /// it sent, headers included.
  @Test(arguments: 0..<200 as Range<UInt64>) func unprovenAddressGetsNoMoreThanItSent(_ seed: UInt64) {
    var generator = SeededGenerator(seed)
    let relay = relay()
    let peers = [anna, bert, cara, dora]
    let places = (1...8 as ClosedRange<UInt8>).map { address($0) }
    var sent: [Endpoint: Int64] = [:]
    var got: [Endpoint: Int64] = [:]
    var heard: [(at: Endpoint, message: HandshakeMessage)] = []
    func settle(_ deliveries: [Delivery]) {
      for delivery in deliveries {
        guard relay.machine.addresses[delivery.to] == nil else { continue }
        let bytes = got[delivery.to, default: 0] + Int64(delivery.bytes.count) + delivery.to.headerBytes
        got[delivery.to] = bytes
        #expect(bytes <= sent[delivery.to, default: 0], "seed \(seed), \(delivery.to)")
        if let message = HandshakeMessage(delivery.bytes) { heard.append((delivery.to, message)) }
      }
    }
    func send(_ bytes: [UInt8], from source: Endpoint) {
      sent[source, default: 0] += Int64(bytes.count) + source.headerBytes
      settle(relay.receive(bytes, from: source))
    }
    for _ in 0..<120 {
      let source = places.randomElement(using: &generator) ?? atAnna
      switch Int.random(in: 0..<10, using: &generator) {
      case 0..<5:
        let key = peers.randomElement(using: &generator) ?? bert
        let isProof = Int.random(in: 0..<6, using: &generator) == 0
        let cookie = isProof ? relay.cookie(for: source) : nil
        send(key.initiation(sender: .random(in: 0..<200, using: &generator), cookie: cookie), from: source)
      case 5..<8:
        guard let (place, message) = heard.randomElement(using: &generator), message.kind == .initiation else {
          continue
        }
        let initiator = peers.randomElement(using: &generator) ?? anna
        let response = initiator.response(sender: .random(in: 0..<50, using: &generator), receiver: message.sender)
        for _ in 0..<Int.random(in: 1...3, using: &generator) { send(response, from: place) }
      default: settle(relay.pass(milliseconds: [10, 100, 300, 5_000].randomElement(using: &generator) ?? 10))
      }
    }
  }
}
