import Testing

@testable import RelayCore

/// When a session follows its peer to another address, and when it does not.
@Suite struct RoamingTests {
  let anna = Peer("anna", 1)
  let bert = Peer("bert", 2)
  let atAnna = address(1)
  let atBert = address(2)
  let elsewhere = address(77, port: 9)

  var relay: VirtualRelay {
    let relay = VirtualRelay(keys: [anna, bert])
    _ = relay.introduce(atBert, asking: anna, sender: 20)
    _ = relay.introduce(atAnna, asking: bert, sender: 10)
    relay.connect(anna, atAnna, index: 10, bert, atBert, index: 21)
    relay.pass(milliseconds: 50)
    return relay
  }

  /// Where the session's answers to anna go.
  func whereAnnaIs(_ relay: VirtualRelay, counter: UInt64 = 5_000) -> [Endpoint] {
    relay.receive(transport(10, counter: counter), from: atBert).map(\.to)
  }

  @Test func onePacketMovesNothing() {
    let relay = relay
    // It is carried: the counter could be right. But answers go where they went.
    #expect(relay.receive(transport(21, counter: 5), from: elsewhere).map(\.to) == [atBert])
    #expect(whereAnnaIs(relay) == [atAnna])
  }

  @Test func severalOverTimeMoveIt() {
    let relay = relay
    for counter in [5, 6, 7] as [UInt64] {
      relay.receive(transport(21, counter: counter), from: elsewhere)
      relay.pass(milliseconds: 150)
    }
    #expect(whereAnnaIs(relay) == [elsewhere])
    #expect(relay.machine.notices.contains(.moved(key: "anna", from: atAnna, to: elsewhere)))
    #expect(relay.receive(transport(21, counter: 8), from: elsewhere).map(\.to) == [atBert])
  }

  @Test(arguments: [[5, 5, 5], [7, 6, 5]] as [[UInt64]])
  func countersMustRise(_ counters: [UInt64]) {
    let relay = relay
    for counter in counters {
      relay.receive(transport(21, counter: counter), from: elsewhere)
      relay.pass(milliseconds: 150)
    }
    #expect(whereAnnaIs(relay) == [atAnna])
  }

  @Test func burstIsNotEnough() {
    let relay = relay
    relay.receive((5...40).map { transport(21, counter: $0) }, from: elsewhere)
    #expect(whereAnnaIs(relay) == [atAnna])
  }

  @Test func oldAddressThatSpeaksKeepsItsSession() {
    let relay = relay
    for counter in 5...12 as ClosedRange<UInt64> {
      relay.receive(transport(21, counter: counter * 2), from: elsewhere)
      relay.receive(transport(21, counter: counter), from: atAnna)
      relay.pass(milliseconds: 100)
    }
    #expect(whereAnnaIs(relay) == [atAnna])
  }

  @Test func implausibleCountersAreDropped() {
    let relay = relay
    #expect(relay.receive(transport(21, counter: 0), from: elsewhere).isEmpty)
    #expect(relay.receive(transport(21, counter: .max), from: elsewhere).isEmpty)
    #expect(relay.dropped(.implausibleCounter) == 2)
  }

  @Test func forgedCounterDoesNotLockTheRealPeerOut() {
    let relay = relay
    relay.receive(transport(21, counter: .max), from: atAnna)
    for counter in [5, 6, 7] as [UInt64] {
      relay.receive(transport(21, counter: counter), from: elsewhere)
      relay.pass(milliseconds: 150)
    }
    #expect(whereAnnaIs(relay) == [elsewhere])
  }

  @Test func wrongMoveIsUndoneForGood() {
    let relay = relay
    for counter in [5, 6, 7] as [UInt64] {
      relay.receive(transport(21, counter: counter), from: elsewhere)
      relay.pass(milliseconds: 150)
    }
    relay.receive(transport(21, counter: 3), from: atAnna)
    #expect(whereAnnaIs(relay) == [atAnna])
    #expect(relay.machine.notices.contains(.movedBack(key: "anna", to: atAnna)))
    for counter in 100...110 as ClosedRange<UInt64> {
      #expect(relay.receive(transport(21, counter: counter), from: elsewhere).isEmpty)
      relay.pass(milliseconds: 150)
    }
    #expect(whereAnnaIs(relay, counter: 6_000) == [atAnna])
  }

  @Test func strictRelayFollowsHandshakesOnly() {
    let relay = relay
    relay.switches.strictRoaming = true
    #expect(relay.receive(transport(21, counter: 5), from: elsewhere).isEmpty)
    #expect(relay.dropped(.moved) == 1)
  }

  @Test func forgersCannotFillTheTable() {
    var limits = RelayLimits()
    limits.roamingCandidates = 10
    let relay = VirtualRelay(keys: [anna, bert], limits: limits)
    _ = relay.introduce(atBert, asking: anna, sender: 20)
    _ = relay.introduce(atAnna, asking: bert, sender: 10)
    relay.connect(anna, atAnna, index: 10, bert, atBert, index: 21)
    for port in 1...100 as ClosedRange<UInt16> {
      relay.receive(transport(21, counter: 5), from: address(88, port: port))
    }
    #expect(relay.machine.roaming.count == 10)
    #expect(relay.dropped(.tableFull) == 90)
    relay.pass(seconds: 20)
    #expect(relay.machine.roaming.isEmpty)
  }
}
