import Testing

@testable import RelayCore

/// Nothing that comes from outside grows a table beyond its bound.
@Suite struct BoundsTests {
  let anna = Peer("anna", 1)
  let bert = Peer("bert", 2)

  @Test func floodOfInitiationsStaysWithinBounds() {
    var limits = RelayLimits()
    limits.pendingInitiations = 50
    limits.addresses = 20
    limits.sourcePrefixes = 10
    limits.sourceRate = .init(perSecond: 1_000_000, burst: 1_000_000)
    limits.keyRate = .init(perSecond: 1_000_000, burst: 1_000_000)
    limits.newcomerKeyRate = .init(perSecond: 1_000_000, burst: 1_000_000)
    let relay = VirtualRelay(keys: [anna, bert], limits: limits)
    for number in 0..<2_000 as Range<UInt32> {
      let source = Endpoint(ipv4: number << 12 | 1, port: 1)
      _ = relay.introduce(source, asking: bert, sender: number)
    }
    let statistics = relay.machine.statistics(at: relay.now)
    #expect(statistics.pendingInitiations <= 50)
    #expect(statistics.addresses <= 20)
    #expect(relay.machine.budgets.networks.count <= 10)
    #expect(relay.machine.attempts.count <= 20)
    relay.pass(seconds: 4_000)
    let rested = relay.machine.statistics(at: relay.now)
    #expect(rested.pendingInitiations == 0)
    #expect(rested.addresses == 0)
    #expect(relay.machine.budgets.networks.isEmpty)
    #expect(relay.machine.attempts.isEmpty)
    #expect(relay.machine.sourceBroadcasts.isEmpty)
  }

  @Test func ratesHoldForSourceKeyAndAll() {
    var limits = RelayLimits()
    limits.sourceRate = .init(perSecond: 1, burst: 3)
    let bySource = VirtualRelay(keys: [anna], limits: limits)
    for _ in 0..<10 { bySource.receive(anna.initiation(sender: 1), from: address(1)) }
    #expect(bySource.dropped(.sourceRate) == 7)
    bySource.receive(anna.initiation(sender: 1), from: Endpoint(ipv4: 0x0808_0808, port: 1))
    #expect(bySource.dropped(.sourceRate) == 7, "another network is not concerned")

    limits = RelayLimits()
    limits.keyRate = .init(perSecond: 1, burst: 4)
    let byKey = VirtualRelay(keys: [anna], limits: limits)
    for last in 0..<10 as Range<UInt8> { byKey.receive(anna.initiation(sender: 1), from: address(last)) }
    #expect(byKey.dropped(.keyRate) == 6)

    limits = RelayLimits()
    limits.totalRate = .init(perSecond: 1, burst: 5)
    let inAll = VirtualRelay(keys: [anna], limits: limits)
    for last in 0..<10 as Range<UInt8> { inAll.receive(anna.initiation(sender: 1), from: address(last)) }
    #expect(inAll.dropped(.totalRate) == 5)
  }

  @Test func fullSessionTableRefusesAndRecovers() {
    var limits = RelayLimits()
    limits.sessions = 3
    let relay = VirtualRelay(keys: [anna, bert], limits: limits)
    _ = relay.introduce(address(2), asking: anna, sender: 20)
    _ = relay.introduce(address(1), asking: bert, sender: 10)
    for number in 0..<6 as Range<UInt32> {
      relay.connect(anna, address(1), index: 100 + number, bert, address(2), index: 200 + number)
    }
    #expect(relay.machine.confirmedCount == 3)
    #expect(relay.dropped(.tableFull) == 3)
    relay.pass(seconds: 202)
    #expect(relay.machine.confirmedCount == 0)
    relay.connect(anna, address(1), index: 300, bert, address(2), index: 301)
    #expect(relay.machine.confirmedCount == 1)
  }

  @Test func squattedIndexReachesBothEnds() {
    let relay = VirtualRelay(keys: [anna, bert, Peer("cara", 3)])
    let cara = Peer("cara", 3)
    _ = relay.introduce(address(2), asking: anna, sender: 20)
    _ = relay.introduce(address(1), asking: bert, sender: 10)
    relay.connect(anna, address(1), index: 10, bert, address(2), index: 21)
    _ = relay.introduce(address(3), asking: bert, sender: 30)
    // Cara chooses anna's index for herself: bert's packets to it could be for either, and only they can tell.
    relay.receive(bert.initiation(sender: 10), from: address(3))
    relay.receive(cara.response(sender: 22, receiver: 10), from: address(2))
    relay.receive(transport(22, counter: 0), from: address(3))
    let copies = relay.receive(transport(10, counter: 1), from: address(2))
    #expect(Set(copies.map(\.to)) == [address(1), address(3)])
    #expect(relay.receive(transport(21, counter: 1), from: address(1)).map(\.to) == [address(2)])
  }

  /// Every type and length: nothing but messages of the right length is looked at.
  @Test func oddMessagesAreCounted() {
    let relay = VirtualRelay(keys: [anna])
    var malformed: UInt64 = 0
    for type in 0...6 as ClosedRange<UInt32> {
      for length in 1...200 {
        let bytes = Array((little(type) + [UInt8](repeating: 0, count: 200)).prefix(length))
        relay.receive(bytes, from: address(1))
        let isMessage =
          [(1, 148), (2, 92), (3, 64)].contains { $0.0 == type && $0.1 == length } || type == 4 && length >= 32
        if !isMessage { malformed += 1 }
      }
    }
    #expect(relay.dropped(.malformed) == malformed)
  }
}
