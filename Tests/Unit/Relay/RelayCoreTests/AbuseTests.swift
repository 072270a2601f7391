import Testing

@testable import RelayCore

/// What a relay denies to somebody who knows a public key, an index or an old cookie, and has no right to more.
@Suite struct AbuseTests {
  let anna = Peer("anna", 1)
  let bert = Peer("bert", 2)
  let cara = Peer("cara", 3)
  let atAnna = address(1)
  let atBert = address(2)
  let atCara = address(3)
  let elsewhere = address(77, port: 9)

  var relay: VirtualRelay { VirtualRelay(keys: [anna, bert, cara]) }

  func connected() -> VirtualRelay {
    let relay = relay
    _ = relay.introduce(atBert, asking: anna, sender: 20)
    _ = relay.introduce(atAnna, asking: bert, sender: 10)
    relay.connect(anna, atAnna, index: 10, bert, atBert, index: 21)
    relay.pass(milliseconds: 50)
    return relay
  }

  /// The machine slept: the secret of before was not replaced while it was current.
  @Test func cookieFromBeforeALongRestProvesNothing() {
    let relay = relay
    relay.receive(bert.initiation(sender: 1), from: atAnna)
    let cookie = BLAKE2s.mac(atAnna.bytes, key: relay.machine.cookies.current)
    relay.now = relay.now.advanced(seconds: 1_000)
    relay.machine.advance(to: relay.now)
    relay.receive(bert.initiation(sender: 1, cookie: cookie), from: atAnna)
    #expect(relay.machine.addresses[atAnna] == nil)
  }

  /// A forged source makes one message of one message, however many places a key was seen at.
  @Test func unprovenAddressReachesOneOwner() {
    let relay = relay
    for (place, sender) in [(atBert, 20), (atCara, 30)] as [(Endpoint, UInt32)] {
      _ = relay.introduce(place, asking: anna, sender: sender)
    }
    _ = relay.introduce(atAnna, asking: bert, sender: 10)
    relay.connect(bert, atBert, index: 40, anna, atAnna, index: 41)
    relay.connect(bert, atCara, index: 50, anna, atAnna, index: 51)
    #expect(relay.receive(bert.initiation(sender: 60), from: elsewhere).filter { $0.type == 1 }.count == 1)
    #expect(relay.introduce(atAnna, asking: bert, sender: 61).filter { $0.type == 1 }.count == 2)
  }

  @Test func oneAddressBroadcastsNoMoreThanItsRate() {
    var limits = RelayLimits()
    limits.broadcastsPerSource = .init(perSecond: 1, burst: 3)
    let relay = VirtualRelay(keys: [anna, bert, cara], limits: limits)
    _ = relay.introduce(atBert, asking: anna, sender: 20)
    _ = relay.introduce(atCara, asking: anna, sender: 30)
    var copies = 0
    for sender in 0..<10 as Range<UInt32> {
      copies += relay.introduce(atAnna, asking: bert, sender: 100 + sender).filter { $0.type == 1 }.count
    }
    #expect(relay.dropped(.broadcastRate) > 0)
    #expect(copies <= 3 * 2)
    // Another address is not concerned.
    #expect(!relay.introduce(atBert, asking: cara, sender: 300).isEmpty)
  }

  @Test func oneInitiationTakesSoManyCandidates() {
    var limits = RelayLimits()
    limits.candidatesPerInitiation = 3
    let relay = VirtualRelay(keys: [anna, bert, cara], limits: limits)
    _ = relay.introduce(atBert, asking: anna, sender: 20)
    _ = relay.introduce(atAnna, asking: bert, sender: 10)
    for index in 100..<110 as Range<UInt32> {
      relay.receive(anna.response(sender: index, receiver: 10), from: atBert)
    }
    #expect(relay.machine.candidateCount == 3)
  }

  /// One packet less than it takes, over any time.
  @Test func twoPacketsMoveNothing() {
    let relay = connected()
    for counter in [5, 6] as [UInt64] {
      relay.receive(transport(21, counter: counter), from: elsewhere)
      relay.pass(milliseconds: 1_000)
    }
    #expect(relay.receive(transport(10, counter: 5_000), from: atBert).map(\.to) == [atAnna])
  }

  @Test(arguments: [["anna"], ["bert"], ["anna", "bert"]])
  func revokedKeysLeaveNoSession(_ revoked: [String]) {
    let relay = connected()
    relay.machine.replaceKeys([anna, bert, cara].filter { !revoked.contains($0.name) }.map(\.allowed), at: relay.now)
    #expect(relay.receive(transport(21, counter: 1), from: atAnna).isEmpty)
    #expect(relay.receive(transport(10, counter: 1), from: atBert).isEmpty)
    #expect(relay.machine.confirmedCount == 0)
  }

  /// A handshake that was under way when its key was revoked.
  @Test func revokedKeyAnswersNothingThatWaits() {
    let relay = relay
    _ = relay.introduce(atBert, asking: anna, sender: 20)
    _ = relay.introduce(atAnna, asking: bert, sender: 10)
    relay.machine.replaceKeys([anna, cara].map(\.allowed), at: relay.now)
    // Its address may be known again by another key.
    _ = relay.introduce(atBert, asking: anna, sender: 22)
    #expect(relay.receive(anna.response(sender: 21, receiver: 10), from: atBert).isEmpty)
    #expect(relay.machine.candidateCount == 0)
  }

  /// Nobody of the session is left among the keys, which makes two strangers no group.
  @Test func snapshotBringsNoSessionOfRevokedKeys() throws {
    let before = connected()
    let bytes = before.machine.snapshot(at: before.now, wallClock: 1_000_000)
    for keys in [[cara], [anna, cara], [bert, cara]] {
      let after = VirtualRelay(keys: keys)
      #expect(try after.machine.restore(bytes, at: after.now, wallClock: 1_000_001) == 0)
      #expect(after.receive(transport(21, counter: 1), from: atAnna).isEmpty)
    }
  }

  /// Known addresses wait as long as they may, whatever strangers send under the same index.
  @Test func strangersDriveNoKnownAddressOut() {
    var limits = RelayLimits()
    limits.initiationsPerIndex = 4
    let relay = VirtualRelay(keys: [anna, bert, cara], limits: limits)
    _ = relay.introduce(atBert, asking: anna, sender: 20)
    _ = relay.introduce(atAnna, asking: bert, sender: 10)
    // Bert's place is known, so that a stranger's first message goes there.
    relay.connect(anna, atAnna, index: 10, bert, atBert, index: 21)
    relay.receive(bert.initiation(sender: 11), from: atAnna)
    for last in 100..<120 as Range<UInt8> { relay.receive(bert.initiation(sender: 11), from: address(last)) }
    #expect(relay.machine.pending.matching(11).count == 4)
    #expect(relay.machine.pending.matching(11).contains { $0.source == atAnna })
    // Also if known ones alone are left.
    for last in 130..<140 as Range<UInt8> {
      _ = relay.introduce(address(last), asking: bert, sender: 500 + UInt32(last))
      relay.receive(bert.initiation(sender: 11), from: address(last))
    }
    let waiting = relay.machine.pending.matching(11)
    #expect(waiting.count == 4 && waiting.allSatisfy(\.isTrusted))
    relay.receive(bert.initiation(sender: 11), from: address(200))
    #expect(relay.machine.pending.matching(11).map(\.source) == waiting.map(\.source))
  }

  /// Not for a moment, whatever counters somebody forges in between.
  @Test func addressThatSpeaksIsNotMovedAway() {
    let relay = connected()
    for counter in 1...20 as ClosedRange<UInt64> {
      relay.receive(transport(21, counter: 1_000 + counter), from: elsewhere)
      relay.receive(transport(21, counter: counter), from: atAnna)
      #expect(relay.receive(transport(10, counter: counter), from: atBert).map(\.to) == [atAnna])
      relay.pass(milliseconds: 100)
    }
    let moves = relay.machine.notices.filter { notice in
      switch notice {
      case .moved, .movedBack: true
      default: false
      }
    }
    #expect(moves.isEmpty)
  }

  /// Before the initiator uses it, a session is nobody's to use from elsewhere.
  @Test func unconfirmedSessionIsNotUsedFromElsewhere() {
    let relay = relay
    _ = relay.introduce(atBert, asking: anna, sender: 20)
    _ = relay.introduce(atAnna, asking: bert, sender: 10)
    relay.receive(anna.response(sender: 21, receiver: 10), from: atBert)
    #expect(relay.receive(transport(21, counter: 1), from: elsewhere).isEmpty)
    #expect(relay.receive(transport(10, counter: 1), from: elsewhere).isEmpty)
    #expect(relay.dropped(.unconfirmed) == 2)
  }

  /// An index that several sessions have, from an address that is none of theirs.
  @Test func ambiguousIndexMovesNothing() {
    let relay = connected()
    _ = relay.introduce(atCara, asking: bert, sender: 30)
    relay.receive(bert.initiation(sender: 31), from: atCara)
    relay.receive(cara.response(sender: 21, receiver: 31), from: atBert)
    relay.receive(transport(21, counter: 0), from: atCara)
    #expect(relay.receive(transport(21, counter: 5), from: elsewhere).isEmpty)
    #expect(relay.dropped(.ambiguousIndex) == 1)
  }

  /// Somebody opens many sessions with one index: a packet is copied to a few of them, and not to all.
  @Test func onePacketMakesAFewCopies() {
    let peers = (1...10).map { Peer("peer-\($0)", UInt8($0)) }
    let relay = VirtualRelay(keys: peers)
    let atFirst = address(1)
    _ = relay.introduce(atFirst, asking: peers[1], sender: 1)
    for (number, peer) in peers.enumerated().dropFirst() {
      let place = address(UInt8(10 + number))
      _ = relay.introduce(place, asking: peers[0], sender: 500)
      relay.receive(peer.response(sender: UInt32(600 + number), receiver: 500), from: atFirst)
      relay.receive(transport(UInt32(600 + number), counter: 0), from: place)
    }
    #expect(relay.machine.confirmedCount > SessionTable.maxCopies)
    let copies = relay.receive(transport(500, counter: 1), from: atFirst)
    #expect((1...SessionTable.maxCopies).contains(copies.count))
  }

  /// A key over its cap sends nothing more until it has credit again.
  @Test func capIsACap() {
    let relay = connected()
    relay.switches.metered = true
    #expect(relay.receive(transport(21, counter: 1), from: atAnna).isEmpty)
    #expect(relay.dropped(.bandwidth) == 1)
    for meter in 0..<relay.meters.capacity { relay.meters.grant(bytes: 40, packets: 10, to: meter) }
    #expect(relay.receive(transport(21, counter: 2), from: atAnna).map(\.to) == [atBert])
    #expect(relay.receive(transport(21, counter: 3), from: atAnna).isEmpty)
  }
}
