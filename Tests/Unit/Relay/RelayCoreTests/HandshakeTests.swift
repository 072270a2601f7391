import Testing

@testable import RelayCore

/// What becomes of handshakes, on a clock that only the tests turn.
@Suite struct HandshakeTests {
  let anna = Peer("anna", 1)
  let bert = Peer("bert", 2)
  let cara = Peer("cara", 3)
  let eve = Peer("eve", 4, group: "rivals")
  let atAnna = address(1)
  let atBert = address(2)
  let atCara = address(3)
  let atEve = address(4)

  var relay: VirtualRelay { VirtualRelay(keys: [anna, bert, cara, eve]) }

  @Test func strangersKeyIsRefused() {
    let relay = relay
    #expect(relay.receive(Peer("mallory", 9).initiation(sender: 1), from: atAnna).isEmpty)
    #expect(relay.dropped(.notAllowed) == 1)
  }

  @Test func unknownAddressGetsNoMoreBytesThanItSent() {
    let relay = relay
    _ = relay.introduce(atBert, asking: anna, sender: 20)
    _ = relay.introduce(atCara, asking: anna, sender: 30)
    relay.pass(milliseconds: 300)
    let initiation = bert.initiation(sender: 1)
    let answer = relay.receive(initiation, from: atAnna) + relay.pass(milliseconds: 100)
    // Two could be bert, and nobody knows whether anna is where the message says: a cookie, and no copy.
    #expect(answer.map(\.type) == [3])
    #expect(answer.map(\.to) == [atAnna])
    #expect(answer.reduce(0) { $0 + $1.bytes.count } <= initiation.count)
    #expect(relay.dropped(.challenged) == 1)
  }

  @Test func knownAddressReachesItsWholeGroupAndNobodyElse() {
    let relay = relay
    _ = relay.introduce(atBert, asking: anna, sender: 20)
    _ = relay.introduce(atCara, asking: anna, sender: 30)
    _ = relay.introduce(atEve, asking: eve, sender: 40)
    let copies = relay.introduce(atAnna, asking: bert, sender: 10)
    #expect(Set(copies.map(\.to)) == [atBert, atCara])
    // mac2 was for the relay, and is taken away again.
    #expect(copies.allSatisfy { $0.bytes.suffix(16).allSatisfy { $0 == 0 } })
    #expect(copies.allSatisfy { $0.bytes.dropLast(16) == bert.initiation(sender: 10).dropLast(16) })
  }

  @Test func cookieHoldsForItsAddressAndTimeOnly() {
    let relay = relay
    relay.receive(bert.initiation(sender: 1), from: atAnna)
    let cookie = BLAKE2s.mac(atAnna.bytes, key: relay.machine.cookies.current)
    relay.receive(bert.initiation(sender: 1, cookie: cookie), from: atCara)
    #expect(relay.machine.addresses[atCara] == nil)
    relay.pass(seconds: 130)
    relay.receive(bert.initiation(sender: 1, cookie: cookie), from: atAnna)
    #expect(relay.machine.addresses[atAnna] != nil, "the secret before is still good")
    let late = self.relay
    late.receive(bert.initiation(sender: 1), from: atAnna)
    let old = BLAKE2s.mac(atAnna.bytes, key: late.machine.cookies.current)
    late.pass(seconds: 241)
    late.receive(bert.initiation(sender: 1, cookie: old), from: atAnna)
    #expect(late.machine.addresses[atAnna] == nil)
  }

  @Test func sessionLivesOnceTheInitiatorUsesIt() {
    let relay = relay
    _ = relay.introduce(atBert, asking: anna, sender: 20)
    let forwarded = relay.introduce(atAnna, asking: bert, sender: 10)
    #expect(forwarded.map(\.to) == [atBert])
    #expect(relay.receive(anna.response(sender: 21, receiver: 10), from: atBert).map(\.to) == [atAnna])
    // The responder may not speak first.
    #expect(relay.receive(transport(10, counter: 0), from: atBert).isEmpty)
    #expect(relay.dropped(.unconfirmed) == 1)
    #expect(relay.receive(transport(21, counter: 0), from: atAnna).map(\.to) == [atBert])
    #expect(relay.receive(transport(10, counter: 0), from: atBert).map(\.to) == [atAnna])
    let statistics = relay.machine.statistics(at: relay.now)
    #expect(statistics.handshakes == 1)
    #expect(statistics.sessions == 1)
    #expect(statistics.candidates == 0)
    #expect(statistics.peers.first { $0.name == "anna" }?.state == .connected)
    #expect(statistics.peers.first { $0.name == "cara" }?.state == .never)
  }

  @Test func responseMustComeFromWhereItsInitiationWent() {
    let relay = relay
    _ = relay.introduce(atBert, asking: anna, sender: 20)
    _ = relay.introduce(atAnna, asking: bert, sender: 10)
    #expect(relay.receive(anna.response(sender: 66, receiver: 10), from: address(66)).isEmpty)
    #expect(relay.dropped(.unsolicited) == 1)
    #expect(relay.machine.addresses[address(66)] == nil)
    // A member that was not asked may not answer either: the initiation went to bert's address alone.
    _ = relay.introduce(atEve, asking: eve, sender: 40)
    #expect(relay.receive(anna.response(sender: 66, receiver: 10), from: atEve).isEmpty)
  }

  @Test func responseForAnotherGroupsKeyIsRefused() {
    let relay = relay
    _ = relay.introduce(atBert, asking: anna, sender: 20)
    _ = relay.introduce(atAnna, asking: bert, sender: 10)
    #expect(relay.receive(eve.response(sender: 21, receiver: 10), from: atBert).isEmpty)
    #expect(relay.dropped(.notAllowed) == 1)
  }

  @Test func ownerAloneGetsTheNextInitiation() {
    let relay = relay
    for (place, sender) in [(atBert, 20), (atCara, 30)] as [(Endpoint, UInt32)] {
      _ = relay.introduce(place, asking: anna, sender: sender)
    }
    _ = relay.introduce(atAnna, asking: bert, sender: 10)
    relay.receive(anna.response(sender: 21, receiver: 10), from: atBert)
    relay.receive(transport(21, counter: 0), from: atAnna)
    relay.pass(seconds: 120)
    #expect(relay.receive(bert.initiation(sender: 11), from: atAnna).map(\.to) == [atBert])
    // It has moved: nobody answers there, and the next attempt asks everybody.
    relay.pass(seconds: 5)
    let second = relay.receive(bert.initiation(sender: 12), from: atAnna)
    #expect(Set(second.map(\.to)) == [atBert, atCara])
    #expect(relay.machine.notices.contains(.fallback(key: "bert")))
  }

  @Test func repeatedInitiationIsOneWaitingOne() {
    let relay = relay
    _ = relay.introduce(atBert, asking: anna, sender: 20)
    _ = relay.introduce(atAnna, asking: bert, sender: 10)
    let waiting = relay.machine.pending.count
    relay.receive(bert.initiation(sender: 10), from: atAnna)
    #expect(relay.machine.pending.count == waiting)
    relay.pass(seconds: 17)
    #expect(relay.machine.pending.count == 0)
  }

  @Test func candidatesAreForgottenUnused() {
    let relay = relay
    _ = relay.introduce(atBert, asking: anna, sender: 20)
    _ = relay.introduce(atAnna, asking: bert, sender: 10)
    relay.receive(anna.response(sender: 21, receiver: 10), from: atBert)
    #expect(relay.machine.candidateCount == 1)
    relay.pass(seconds: 17)
    #expect(relay.machine.candidateCount == 0)
    relay.receive(transport(21, counter: 0), from: atAnna)
    #expect(relay.dropped(.unknownIndex) == 1)
  }

  /// DSCP and ECN go on as they came, with handshakes and with data; what the relay says itself has none.
  @Test func trafficClassIsCarried() {
    let relay = relay
    relay.receive(bert.initiation(sender: 9), from: atAnna, trafficClass: 0x88)
    #expect(relay.pass(milliseconds: 300).map(\.trafficClass) == [0])
    _ = relay.introduce(atBert, asking: anna, sender: 20)
    _ = relay.introduce(atAnna, asking: bert, sender: 10)
    #expect(relay.receive(bert.initiation(sender: 11), from: atAnna, trafficClass: 0x88).map(\.trafficClass) == [0x88])
    let response = anna.response(sender: 21, receiver: 11)
    #expect(relay.receive(response, from: atBert, trafficClass: 0x20).map(\.trafficClass) == [0x20])
    for trafficClass in [0, 1, 2, 3, 0xB8] as [UInt32] {
      let packet = transport(21, counter: UInt64(trafficClass))
      #expect(relay.receive(packet, from: atAnna, trafficClass: trafficClass).map(\.trafficClass) == [trafficClass])
    }
  }

  @Test func sessionEndsWhenWireGuardsDo() {
    let relay = relay
    _ = relay.introduce(atBert, asking: anna, sender: 20)
    _ = relay.introduce(atAnna, asking: bert, sender: 10)
    relay.connect(anna, atAnna, index: 10, bert, atBert, index: 21)
    relay.pass(seconds: 180)
    #expect(relay.receive(transport(21, counter: 1), from: atAnna).count == 1)
    relay.pass(seconds: 22)
    #expect(relay.receive(transport(21, counter: 2), from: atAnna).isEmpty)
    let statistics = relay.machine.statistics(at: relay.now)
    #expect(statistics.sessions == 0)
    // What it carried stays counted.
    #expect(statistics.peers.first { $0.name == "anna" }?.receivedPackets == 2)
  }

  @Test func revokedKeyEndsItsSessionsAndNoOthers() {
    let relay = relay
    _ = relay.introduce(atBert, asking: anna, sender: 20)
    _ = relay.introduce(atCara, asking: anna, sender: 30)
    _ = relay.introduce(atAnna, asking: bert, sender: 10)
    relay.connect(anna, atAnna, index: 10, bert, atBert, index: 21)
    _ = relay.receive(cara.initiation(sender: 12), from: atAnna)
    relay.receive(anna.response(sender: 31, receiver: 12), from: atCara)
    relay.receive(transport(31, counter: 0), from: atAnna)
    relay.machine.replaceKeys([anna, cara, eve].map(\.allowed), at: relay.now)
    #expect(relay.receive(transport(21, counter: 1), from: atAnna).isEmpty)
    #expect(relay.receive(transport(31, counter: 1), from: atAnna).map(\.to) == [atCara])
    #expect(relay.receive(bert.initiation(sender: 13), from: atAnna).isEmpty)
    #expect(relay.machine.notices.contains(.revoked(keys: 1, sessions: 1)))
  }

  @Test func keyThatChangesItsGroupLeavesTheOldOne() {
    let relay = relay
    _ = relay.introduce(atBert, asking: anna, sender: 20)
    _ = relay.introduce(atAnna, asking: bert, sender: 10)
    relay.connect(anna, atAnna, index: 10, bert, atBert, index: 21)
    var moved = bert
    moved.group = "rivals"
    relay.machine.replaceKeys([anna, moved, cara, eve].map(\.allowed), at: relay.now)
    #expect(relay.receive(transport(21, counter: 1), from: atAnna).isEmpty)
    #expect(relay.machine.addresses[atBert] == nil)
  }

  @Test func everybodyMayUseAnOpenRelay() {
    let relay = VirtualRelay(keys: [], isOpen: true)
    relay.receive(bert.initiation(sender: 10), from: atAnna)
    let copies = relay.receive(anna.initiation(sender: 20), from: atBert)
    #expect(copies.map(\.to) == [atAnna])
    relay.receive(bert.response(sender: 11, receiver: 20), from: atAnna)
    relay.receive(transport(11, counter: 0), from: atBert)
    #expect(relay.receive(transport(20, counter: 0), from: atAnna).map(\.to) == [atBert])
  }
}
