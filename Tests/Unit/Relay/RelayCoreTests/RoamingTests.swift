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

  /// Moves anna's end of the session elsewhere, by data with these counters.
  func move(_ relay: VirtualRelay, counters: ClosedRange<UInt64> = 5...7) {
    for counter in counters {
      relay.receive(transport(21, counter: counter), from: elsewhere)
      relay.pass(milliseconds: 150)
    }
  }

  /// What was stuck on the old path arrives after the move: it is carried, and changes nothing.
  @Test(arguments: [1, 3, 40] as [UInt64])
  func latePacketMovesAndBlocksNothing(_ late: UInt64) {
    let relay = relay
    move(relay, counters: 50...53)
    for counter in 1...late {
      #expect(relay.receive(transport(21, counter: counter), from: atAnna).map(\.to) == [atBert])
      relay.pass(milliseconds: 120)
    }
    #expect(relay.dropped(.moved) == 0)
    #expect(whereAnnaIs(relay).contains(elsewhere))
    for counter in 54...60 as ClosedRange<UInt64> {
      #expect(relay.receive(transport(21, counter: counter), from: elsewhere).map(\.to) == [atBert])
    }
    #expect(!relay.machine.notices.contains { if case .movedBack = $0 { true } else { false } })
  }

  @Test func repeatedPacketFromTheOldAddressDelaysNoMove() {
    let relay = relay
    relay.receive(transport(21, counter: 4), from: atAnna)
    for counter in 5...8 as ClosedRange<UInt64> {
      relay.receive(transport(21, counter: counter), from: elsewhere)
      relay.pass(milliseconds: 80)
      relay.receive(transport(21, counter: 4), from: atAnna)
    }
    #expect(whereAnnaIs(relay).first == elsewhere)
  }

  /// A network left and entered again: the newest packet decides, and one is enough for an address that was the peer's.
  @Test func newestPacketBringsItsAddressBack() {
    let relay = relay
    move(relay)
    relay.pass(seconds: 2)
    relay.receive(transport(21, counter: 8), from: atAnna)
    #expect(whereAnnaIs(relay) == [atAnna])
    #expect(relay.machine.notices.contains(.movedBack(key: "anna", to: atAnna)))
    relay.pass(seconds: 2)
    #expect(relay.receive(transport(21, counter: 9), from: elsewhere).map(\.to) == [atBert])
    #expect(whereAnnaIs(relay, counter: 6_000) == [elsewhere])
  }

  /// Somebody who knows the index takes a quiet peer's session away with counters far ahead. The peer's own packets are
  /// carried all the same, and it gets what is for it.
  @Test func forgedMoveCutsNobodyOff() {
    let relay = relay
    move(relay, counters: 5_000_000...5_000_003)
    for counter in 1...20 as ClosedRange<UInt64> {
      #expect(relay.receive(transport(21, counter: counter), from: atAnna).map(\.to) == [atBert])
      relay.pass(milliseconds: 500)
      #expect(relay.receive(transport(10, counter: counter, bytes: 1_400), from: atBert).map(\.to).contains(atAnna))
    }
    // A stranger's replay of the same packets is not carried.
    #expect(relay.receive(transport(21, counter: 20), from: address(99)).isEmpty)
  }

  /// A peer that only sends keepalives has taken another port (NAT). One keepalive later, a ping is answered at once.
  @Test(arguments: [false, true])
  func quietPeerIsReachedAfterOneKeepalive(_ isResponder: Bool) {
    let relay = relay
    let (mover, other, index, back) = isResponder ? (atBert, atAnna, 10, 21) : (atAnna, atBert, 21, 10)
    relay.pass(seconds: 20)
    relay.receive(transport(UInt32(index), counter: 5), from: elsewhere)
    relay.pass(seconds: 24)
    // The other side's own keepalives take no credit.
    #expect(relay.receive(transport(UInt32(back), counter: 1), from: other).map(\.to) == [mover])
    #expect(
      Set(relay.receive(transport(UInt32(back), counter: 2, bytes: 128), from: other).map(\.to)) == [mover, elsewhere])
    relay.receive(transport(UInt32(index), counter: 6, bytes: 128), from: elsewhere)
    #expect(
      Set(relay.receive(transport(UInt32(back), counter: 3, bytes: 128), from: other).map(\.to)) == [mover, elsewhere])
    relay.receive(transport(UInt32(index), counter: 7, bytes: 128), from: elsewhere)
    #expect(relay.receive(transport(UInt32(back), counter: 4, bytes: 1_400), from: other).map(\.to) == [elsewhere])
  }

  /// Three keepalives of 25 s move the path, whatever is sent meanwhile.
  @Test func keepalivesAloneMoveThePath() {
    let relay = relay
    for counter in 5...7 as ClosedRange<UInt64> {
      relay.pass(seconds: 25)
      relay.receive(transport(21, counter: counter), from: elsewhere)
    }
    #expect(whereAnnaIs(relay) == [elsewhere])
  }

  /// Before it is moved to, an address gets at most three times the bytes that it sent, headers counted on both sides.
  @Test(arguments: [32, 48, 200, 1_400])
  func candidateGetsLittle(_ size: Int) {
    let relay = relay
    relay.receive(transport(21, counter: 5, bytes: 40), from: elsewhere)
    // As long as the old address has just spoken, none at all.
    #expect(relay.receive(transport(10, counter: 1, bytes: size), from: atBert).map(\.to) == [atAnna])
    relay.pass(seconds: 1)
    var bytes = 0
    for counter in 1...100 as ClosedRange<UInt64> {
      let copies = relay.receive(transport(10, counter: counter, bytes: size), from: atBert)
      #expect(copies.map(\.to).contains(atAnna))
      bytes += copies.filter { $0.to == elsewhere }.reduce(0) { $0 + $1.bytes.count + 28 }
    }
    #expect(bytes <= 3 * (40 + 28))
  }

  /// A handshake for a peer that has moved quietly reaches it at the first try.
  @Test func initiationReachesWhereTheKeySpeaksFrom() {
    let relay = relay
    relay.pass(seconds: 20)
    relay.receive(transport(21, counter: 5), from: elsewhere)
    relay.pass(seconds: 10)
    #expect(Set(relay.receive(anna.initiation(sender: 60), from: atBert).map(\.to)) == [atAnna, elsewhere])
    #expect(relay.receive(bert.response(sender: 61, receiver: 60), from: elsewhere).map(\.to) == [atBert])
    relay.receive(transport(61, counter: 0), from: atBert)
    #expect(relay.receive(transport(60, counter: 0), from: elsewhere).map(\.to) == [atBert])
  }

  /// A hub's sessions are each quiet, but together they show where it is.
  @Test func sessionsOfOneKeyCountTogether() {
    let sites = (0..<4).map { Peer("site", number: $0) }
    let relay = VirtualRelay(keys: [anna] + sites)
    _ = relay.introduce(atAnna, asking: sites[0], sender: 1)
    for (number, site) in sites.enumerated() {
      let place = address(UInt8(100 + number))
      _ = relay.introduce(place, asking: anna, sender: UInt32(200 + number))
      relay.connect(site, place, index: UInt32(300 + number), anna, atAnna, index: UInt32(400 + number))
    }
    relay.pass(seconds: 5)
    for number in 0..<4 {
      relay.receive(transport(UInt32(300 + number), counter: 5), from: elsewhere)
      relay.pass(milliseconds: 150)
    }
    #expect(relay.receive(transport(403, counter: 9, bytes: 1_400), from: address(103)).map(\.to) == [elsewhere])
  }

  @Test func strictRelayForgetsNothingItNeeds() {
    let relay = relay
    relay.switches.strictRoaming = true
    move(relay)
    #expect(relay.receive(transport(21, counter: 8), from: atAnna).map(\.to) == [atBert])
    #expect(whereAnnaIs(relay) == [atAnna])
  }

  @Test func endedSessionLeavesNothingBehind() {
    let relay = relay
    move(relay)
    relay.receive(transport(21, counter: 3), from: atAnna)
    relay.receive(transport(10, counter: 3), from: address(70))
    #expect(relay.machine.departures.count == 1)
    relay.pass(seconds: 202)
    #expect(relay.machine.confirmedCount == 0)
    #expect(relay.machine.departures.isEmpty)
    #expect(relay.machine.roaming.isEmpty)
    #expect(relay.machine.roamingCount == 0)
    #expect(relay.machine.roamingPerGroup.isEmpty)
  }

  @Test func keySeenAtTwoPlacesInTurnIsSaid() {
    let relay = relay
    var counter: UInt64 = 5
    for place in [elsewhere, atAnna, elsewhere, atAnna, elsewhere] {
      for _ in 0..<4 {
        relay.receive(transport(21, counter: counter), from: place)
        counter += 1
        relay.pass(milliseconds: 150)
      }
    }
    #expect(relay.machine.notices.contains { if case .contested("anna", _, _) = $0 { true } else { false } })
  }

  @Test func strictRelayFollowsHandshakesOnly() {
    let relay = relay
    relay.switches.strictRoaming = true
    #expect(relay.receive(transport(21, counter: 5), from: elsewhere).isEmpty)
    #expect(relay.dropped(.moved) == 1)
  }

  /// A source with a new port for every packet takes nobody else's place.
  @Test func manyPortsTakeFewPlaces() {
    var limits = RelayLimits()
    limits.roamingCandidates = 10
    let rivals = [Peer("eve", 8, group: "rivals"), Peer("mal", 9, group: "rivals")]
    let relay = VirtualRelay(keys: [anna, bert] + rivals, limits: limits)
    _ = relay.introduce(atBert, asking: anna, sender: 20)
    _ = relay.introduce(atAnna, asking: bert, sender: 10)
    relay.connect(anna, atAnna, index: 10, bert, atBert, index: 21)
    _ = relay.introduce(address(8), asking: rivals[1], sender: 80)
    _ = relay.introduce(address(9), asking: rivals[0], sender: 90)
    for number in 0..<20 as Range<UInt32> {
      relay.connect(rivals[0], address(8), index: 500 + number, rivals[1], address(9), index: 600 + number)
    }
    relay.pass(milliseconds: 50)
    for port in 1...400 as ClosedRange<UInt16> {
      let index = 600 + UInt32(port % 20)
      #expect(relay.receive(transport(index, counter: 5 + UInt64(port)), from: address(88, port: port)).count == 1)
    }
    #expect(relay.machine.roamingCount <= 5)
    move(relay)
    #expect(whereAnnaIs(relay) == [elsewhere])
    relay.pass(seconds: 90)
    #expect(relay.machine.roaming.isEmpty)
    #expect(relay.machine.roamingCount == 0)
  }

  /// Of many ports on one leg, the one that keeps speaking is found.
  @Test func forgersDoNotCrowdOutTheRealOne() {
    let relay = relay
    var port: UInt16 = 1_000
    for counter in 5...9 as ClosedRange<UInt64> {
      relay.receive(transport(21, counter: counter * 100), from: elsewhere)
      for forged in 1...50 as ClosedRange<UInt64> {
        relay.receive(transport(21, counter: counter * 100 + forged), from: address(88, port: port))
        port += 1
      }
      relay.pass(milliseconds: 100)
    }
    #expect(whereAnnaIs(relay).contains(elsewhere))
  }
}
