import Testing

@testable import RelayCore

/// Who has shown more of itself never pays for who has shown less, and who knows little can do little.
@Suite struct HandshakeBudgetTests {
  let anna = Peer("anna", 1)
  let bert = Peer("bert", 2)
  let cara = Peer("cara", 3)
  let atAnna = address(1)
  let atBert = address(2)

  var relay: VirtualRelay {
    let relay = VirtualRelay(keys: [anna, bert, cara])
    _ = relay.introduce(atBert, asking: anna, sender: 20)
    _ = relay.introduce(atAnna, asking: bert, sender: 10)
    relay.connect(anna, atAnna, index: 10, bert, atBert, index: 21)
    return relay
  }

  /// An address in network `network`.
  private func stranger(_ network: UInt32, _ number: UInt32) -> Endpoint {
    Endpoint(ipv4: 0x0900_0001 | network << 8, port: UInt16(truncatingIfNeeded: 1_024 + number))
  }

  private func reaches(_ deliveries: [Delivery], _ place: Endpoint) -> Bool {
    deliveries.contains { $0.to == place && $0.type == 1 }
  }

  enum Flood: CaseIterable {
    case oneKeyFromFewNetworks, oneKeyFromManyNetworks, ownNetwork, unfitProof, unknownKeys
  }

  /// Ten seconds of 1,900 initiations each: every proven one, and every one of a peer with a session, gets through.
  @Test(arguments: Flood.allCases)
  func provenPassAnyFloodOfUnproven(_ flood: Flood) {
    var limits = RelayLimits()
    // Whatever burst there is, is over.
    limits.keyRate.burst = 100
    limits.sourceRate.burst = 100
    limits.totalRate = .init(perSecond: 1_000, burst: 100)
    let relay = VirtualRelay(keys: [anna, bert, cara], limits: limits)
    _ = relay.introduce(atBert, asking: anna, sender: 20)
    _ = relay.introduce(atAnna, asking: bert, sender: 10)
    relay.connect(anna, atAnna, index: 10, bert, atBert, index: 21)
    let nobody = Peer("nobody", 99)
    var number: UInt32 = 0
    for second in 0..<10 as Range<UInt32> {
      for _ in 0..<1_900 {
        number += 1
        let message: [UInt8]
        let source: Endpoint
        switch flood {
        case .oneKeyFromFewNetworks: (message, source) = (bert.initiation(sender: number), stranger(number % 8, number))
        case .oneKeyFromManyNetworks: (message, source) = (bert.initiation(sender: number), stranger(number, 1))
        case .ownNetwork:
          (message, source) = (
            bert.initiation(sender: number), address(1, port: UInt16(truncatingIfNeeded: 2_000 + number))
          )
        case .unfitProof:
          let cookie = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 16)
          (message, source) = (bert.initiation(sender: number, cookie: cookie), stranger(number % 8, number))
        case .unknownKeys: (message, source) = (nobody.initiation(sender: number), stranger(number % 8, number))
        }
        relay.receive(message, from: source)
      }
      let newcomer = address(3, port: UInt16(50_000 + second))
      let proven = bert.initiation(sender: 70 + second, cookie: relay.cookie(for: newcomer))
      #expect(reaches(relay.receive(proven, from: newcomer), atBert), "a newcomer in second \(second)")
      #expect(
        reaches(relay.receive(bert.initiation(sender: 30 + second), from: atAnna), atBert), "anna in second \(second)")
      relay.pass(seconds: 1)
    }
  }

  /// Strangers that have returned a cookie, because they know one public key, take nothing from who has a session.
  @Test func newcomersTakeNothingFromMembers() {
    let relay = relay
    var number: UInt32 = 1_000
    for second in 0..<5 as Range<UInt32> {
      for _ in 0..<3_000 {
        number += 1
        let source = stranger(number % 40, number)
        relay.receive(bert.initiation(sender: number, cookie: relay.cookie(for: source)), from: source)
      }
      #expect(reaches(relay.receive(bert.initiation(sender: 30 + second), from: atAnna), atBert))
      relay.pass(seconds: 1)
    }
    #expect(relay.dropped(.keyRate) + relay.dropped(.sourceRate) > 0)
  }

  /// One known address that asks too often is limited by itself.
  @Test func oneAddressCannotFloodAKey() {
    let relay = relay
    let mallory = address(9)
    _ = relay.introduce(mallory, asking: bert, sender: 90)
    var reached = 0
    for number in 0..<2_000 as Range<UInt32> {
      if reaches(relay.receive(bert.initiation(sender: 1_000 + number), from: mallory), atBert) { reached += 1 }
    }
    #expect(reached <= 60)
    #expect(reaches(relay.receive(bert.initiation(sender: 30), from: atAnna), atBert))
  }

  /// A forged source uses up what its owner has without proof; with proof, the owner passes.
  @Test func forgedSourceIsOutdoneByProof() {
    var limits = RelayLimits()
    limits.memberRate = .init(perSecond: 1, burst: 5)
    let relay = VirtualRelay(keys: [anna, bert, cara], limits: limits)
    _ = relay.introduce(atBert, asking: anna, sender: 20)
    _ = relay.introduce(atAnna, asking: bert, sender: 10)
    relay.connect(anna, atAnna, index: 10, bert, atBert, index: 21)
    for number in 0..<50 as Range<UInt32> { relay.receive(cara.initiation(sender: 800 + number), from: atAnna) }
    let unproven = relay.receive(bert.initiation(sender: 30), from: atAnna)
    #expect(unproven.map(\.type) == [3], "it is asked for a proof")
    let proven = bert.initiation(sender: 31, cookie: relay.cookie(for: atAnna))
    #expect(reaches(relay.receive(proven, from: atAnna), atBert))
  }

  @Test func unprovenTakeNoPlaceOfPendingOnes() {
    var limits = RelayLimits()
    limits.pendingInitiations = 40
    let relay = VirtualRelay(keys: [anna, bert, cara], limits: limits)
    _ = relay.introduce(atBert, asking: anna, sender: 20)
    _ = relay.introduce(atAnna, asking: bert, sender: 10)
    relay.connect(anna, atAnna, index: 10, bert, atBert, index: 21)
    relay.receive(bert.initiation(sender: 30), from: atAnna)
    for number in 0..<500 as Range<UInt32> {
      relay.receive(bert.initiation(sender: 1_000 + number), from: stranger(number, 1))
    }
    #expect(relay.receive(anna.response(sender: 31, receiver: 30), from: atBert).map(\.to) == [atAnna])
  }

  // What a stranger can do who knows one public key, or two.

  @Test func oneKeyMakesNoSessionWithItself() {
    let relay = VirtualRelay(keys: [anna, bert])
    let (first, second) = (stranger(1, 1), stranger(2, 1))
    _ = relay.introduce(first, asking: anna, sender: 1)
    _ = relay.introduce(second, asking: anna, sender: 2)
    relay.receive(anna.initiation(sender: 3), from: first)
    relay.receive(anna.response(sender: 4, receiver: 3), from: second)
    relay.receive(transport(4, counter: 0), from: first)
    #expect(relay.machine.confirmedCount == 0)
    #expect(relay.machine.candidateCount == 0)
    #expect(relay.dropped(.notAllowed) == 1)
    #expect(relay.machine.statistics(at: relay.now).peers.allSatisfy { $0.state == .never })
  }

  /// With two public keys, sessions between own addresses can be made. They hide nobody from the peers.
  @Test func ownersOfLongStandingAreNotDisplaced() {
    let relay = relay
    for number in 0..<20 as Range<UInt32> {
      relay.pass(seconds: 1)
      let (first, second) = (stranger(number, 1), stranger(100 + number, 2))
      _ = relay.introduce(first, asking: anna, sender: 1_000 + number)
      _ = relay.introduce(second, asking: bert, sender: 2_000 + number)
      relay.machine.own(relay.machine.directory.number(of: bert.publicKey) ?? 0, first, at: relay.now)
    }
    #expect(reaches(relay.receive(bert.initiation(sender: 30), from: atAnna), atBert))
  }

  @Test func addressTableKeepsWhoeverIsAKeys() {
    var limits = RelayLimits()
    limits.addresses = 50
    let relay = VirtualRelay(keys: [anna, bert, cara], limits: limits)
    _ = relay.introduce(atBert, asking: anna, sender: 20)
    _ = relay.introduce(atAnna, asking: bert, sender: 10)
    relay.connect(anna, atAnna, index: 10, bert, atBert, index: 21)
    for number in 0..<500 as Range<UInt32> {
      let source = stranger(number, 1)
      relay.receive(bert.initiation(sender: number + 500, cookie: relay.cookie(for: source)), from: source)
    }
    #expect(relay.machine.addresses.count <= 50)
    #expect(relay.machine.addresses[atAnna] != nil)
    #expect(relay.machine.addresses[atBert] != nil)
    // And whoever comes now finds a place.
    _ = relay.introduce(address(3), asking: bert, sender: 9)
    #expect(relay.machine.addresses[address(3)] != nil)
  }

  @Test func sessionsOfTwoKeysDoNotFillTheTable() {
    var limits = RelayLimits()
    limits.sessions = 40
    let relay = VirtualRelay(keys: [anna, bert, cara, Peer("dora", 4)], limits: limits)
    let dora = Peer("dora", 4)
    _ = relay.introduce(address(3), asking: dora, sender: 1)
    _ = relay.introduce(address(4), asking: cara, sender: 2)
    for number in 0..<60 as Range<UInt32> {
      relay.connect(cara, address(3), index: 100 + number, dora, address(4), index: 300 + number)
    }
    #expect(relay.machine.confirmedCount == 40)
    _ = relay.introduce(atBert, asking: anna, sender: 20)
    _ = relay.introduce(atAnna, asking: bert, sender: 10)
    relay.connect(anna, atAnna, index: 10, bert, atBert, index: 21)
    #expect(relay.receive(transport(10, counter: 1), from: atBert).map(\.to) == [atAnna])
    for number in 60..<90 as Range<UInt32> {
      relay.connect(cara, address(3), index: 100 + number, dora, address(4), index: 300 + number)
    }
    #expect(relay.receive(transport(10, counter: 2), from: atBert).map(\.to) == [atAnna], "and it is not evicted")
    #expect(relay.machine.sessionsOfPair.values.reduce(0, +) == relay.machine.confirmedCount)
  }

  @Test func forgedResponsesDoNotFillTheCandidates() {
    var limits = RelayLimits()
    limits.sessions = 300
    let relay = VirtualRelay(keys: [anna, bert, cara, Peer("dora", 4)], limits: limits)
    let dora = Peer("dora", 4)
    _ = relay.introduce(address(3), asking: dora, sender: 1)
    _ = relay.introduce(address(4), asking: cara, sender: 2)
    for number in 0..<40 as Range<UInt32> {
      relay.receive(dora.initiation(sender: 100 + number), from: address(3))
      for forged in 0..<8 as Range<UInt32> {
        relay.receive(cara.response(sender: 1_000 + number * 8 + forged, receiver: 100 + number), from: address(4))
      }
    }
    #expect(relay.machine.candidateCount <= 75)
    _ = relay.introduce(atBert, asking: anna, sender: 20)
    _ = relay.introduce(atAnna, asking: bert, sender: 10)
    relay.connect(anna, atAnna, index: 10, bert, atBert, index: 21)
    #expect(relay.receive(transport(10, counter: 1), from: atBert).map(\.to) == [atAnna])
  }

  @Test func answersToOneInitiationAreBounded() {
    let relay = relay
    relay.receive(bert.initiation(sender: 30), from: atAnna)
    var passed = 0
    for number in 0..<500 as Range<UInt32> {
      passed += relay.receive(anna.response(sender: 1_000 + number, receiver: 30), from: atBert).count
      passed += relay.receive(little(3) + little(30) + [UInt8](repeating: 1, count: 56), from: atBert).count
    }
    #expect(passed <= RelayLimits().answersPerInitiation)
  }
}
