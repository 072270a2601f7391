import Testing

@testable import RelayCore

/// What counts for health: pairs of the last five minutes, not tries of all time.
@Suite struct HandshakeWindowTests {
  let anna = Peer("anna", 1)
  let bert = Peer("bert", 2)
  let absent = Peer("absent", 3)

  @Test func peerThatIsSwitchedOffIsOnePair() {
    let relay = VirtualRelay(keys: [anna, bert, absent])
    _ = relay.introduce(address(2), asking: anna, sender: 20)
    _ = relay.introduce(address(1), asking: bert, sender: 10)
    for round in 0..<240 as Range<UInt32> {
      relay.receive(absent.initiation(sender: 10_000 + round), from: address(1))
      if round % 24 == 0 {
        relay.connect(anna, address(1), index: 100 + round, bert, address(2), index: 500 + round)
      }
      relay.pass(seconds: 5)
    }
    let statistics = relay.machine.statistics(at: relay.now)
    #expect(statistics.initiations > 200)
    // Anna asks for bert, for the absent one; bert has asked for anna once, long ago.
    #expect(statistics.pairsTried == 2)
    #expect(statistics.pairsMade == 1)
    relay.pass(seconds: 301)
    #expect(relay.machine.statistics(at: relay.now).pairsTried == 0)
  }
}
