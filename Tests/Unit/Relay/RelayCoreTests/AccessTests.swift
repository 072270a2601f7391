import TestSupport
import Testing

@testable import RelayCore

/// Who may speak with whom, and what becomes of those who try all the same.
@Suite struct AccessTests {
  /// Hubs are class 0, sites class 1, guests class 2: hubs speak with sites and with each other.
  static let rules: [Rule] = [([0], [0, 1])]
  /// The classes of the two sides of a rule.
  typealias Rule = (one: [Int], other: [Int])

  /// Returns the matrix of rules over classes.
  private static func matrix(_ rules: [Rule], classes: Int) -> AccessMatrix? {
    var rows = [[UInt8]](repeating: [UInt8](repeating: 0, count: (rules.count + 3) / 4), count: classes)
    for (index, rule) in rules.enumerated() {
      for one in rule.one { rows[one][index / 4] |= 1 << UInt8(index % 4 * 2) }
      for other in rule.other { rows[other][index / 4] |= 2 << UInt8(index % 4 * 2) }
    }
    return AccessMatrix(rules: rules.count, rows: rows)
  }
  let hub = Peer("hub", 1).inClass(0)
  let site = Peer("site", 2).inClass(1)
  let other = Peer("other", 3).inClass(1)
  let guest = Peer("guest", 4).inClass(2)
  let atHub = address(1)
  let atSite = address(2)
  let atOther = address(3)
  let atGuest = address(4)

  private func matrix(_ rules: [Rule] = rules) throws -> AccessMatrix {
    try #require(Self.matrix(rules, classes: 3))
  }

  private func relay(_ rules: [Rule] = rules) throws -> VirtualRelay {
    VirtualRelay(keys: [hub, site, other, guest], access: ["acme": try matrix(rules)])
  }

  /// Returns whether data passes between two peers after an honest handshake.
  private func speak(
    _ relay: VirtualRelay, _ a: Peer, _ atA: Endpoint, _ b: Peer, _ atB: Endpoint, index: UInt32
  ) -> Bool {
    _ = relay.introduce(atA, asking: b, sender: index)
    _ = relay.introduce(atB, asking: a, sender: index + 1)
    relay.connect(a, atA, index: index + 2, b, atB, index: index + 3)
    let passed = [
      relay.receive(transport(index + 3, counter: 1), from: atA).map(\.to) == [atB],
      relay.receive(transport(index + 2, counter: 1), from: atB).map(\.to) == [atA],
    ]
    #expect(passed[0] == passed[1])
    return passed[0]
  }

  @Test func matrixIsSymmetricAndTotal() throws {
    let matrix = try matrix([([0], [1, 2]), ([2], [2])])
    let expected = [[false, true, true], [true, false, false], [true, false, true]]
    for one in 0..<3 {
      for other in 0..<3 { #expect(matrix.permits(one, other) == expected[one][other]) }
    }
    #expect(!matrix.permits(0, 3) && !matrix.permits(-1, 0) && !matrix.permits(3, 0))
    #expect(AccessMatrix(rules: 5, rows: [[0]]) == nil && AccessMatrix(rules: -1, rows: []) == nil)
    // Many rules: the last one counts, and neighbours do not mix.
    let empty = [Rule](repeating: ([], []), count: 70)
    let large = try #require(Self.matrix(empty + [([0], [1]), ([1], [2])], classes: 3))
    #expect(large.permits(0, 1) && large.permits(2, 1) && !large.permits(0, 2) && !large.permits(1, 1))
  }

  @Test func permittedPairsSpeakAndOthersDoNot() throws {
    let relay = try relay()
    #expect(speak(relay, hub, atHub, site, atSite, index: 100))
    relay.pass(seconds: 1)
    #expect(!speak(relay, site, atSite, other, atOther, index: 200))
    relay.pass(seconds: 1)
    #expect(!speak(relay, guest, atGuest, hub, atHub, index: 300))
    #expect(relay.dropped(.notPermitted) > 0)
  }

  /// The relay knows what key is at an address, so it need not ask others for what is forbidden.
  @Test func initiationsGoOnlyToPermittedPeers() throws {
    let relay = try relay()
    #expect(speak(relay, hub, atHub, site, atSite, index: 100))
    relay.pass(seconds: 1)
    _ = relay.introduce(atOther, asking: hub, sender: 120)
    let before = relay.dropped(.notPermitted)
    #expect(relay.receive(other.initiation(sender: 130), from: atSite).isEmpty)
    #expect(relay.dropped(.notPermitted) == before + 1)
    // A broadcast for a key whose place is unknown passes over those with whom the asker may not speak.
    #expect(speak(relay, hub, atHub, other, atOther, index: 140))
    relay.pass(seconds: 1)
    let second = Peer("second", 5).inClass(0)
    relay.machine.replaceKeys(
      [hub, site, other, guest, second].map(\.allowed), access: ["acme": try matrix()], at: relay.now)
    let asked = relay.introduce(atSite, asking: second, sender: 150).map(\.to)
    #expect(asked.contains(atHub) && !asked.contains(atOther))
  }

  /// The mac1 of a response is not a secret, so whoever answers may name anybody. If sessions have proven who is at an
  /// address, that counts.
  @Test func forgedMac1sMakeNoSession() throws {
    let relay = try relay()
    #expect(speak(relay, hub, atHub, site, atSite, index: 100))
    relay.pass(seconds: 1)
    #expect(speak(relay, hub, atHub, other, atOther, index: 200))
    relay.pass(seconds: 1)
    // The hub asks for a site, and another site answers for it, or names yet another initiator.
    _ = relay.receive(site.initiation(sender: 300), from: atHub)
    #expect(relay.receive(hub.response(sender: 301, receiver: 300), from: atOther).isEmpty)
    // A site asks for the hub, which names the site's forbidden neighbour.
    _ = relay.receive(hub.initiation(sender: 310), from: atSite)
    #expect(relay.receive(guest.response(sender: 311, receiver: 310), from: atHub).isEmpty)
    #expect(relay.receive(transport(311, counter: 0), from: atSite).isEmpty)
    #expect(relay.receive(transport(301, counter: 0), from: atHub).isEmpty)
  }

  @Test func takenRightsEndSessions() throws {
    let relay = try relay()
    let others: [Rule] = [([0], [0])]
    #expect(speak(relay, hub, atHub, site, atSite, index: 100))
    relay.machine.replaceKeys(
      [hub, site, other, guest].map(\.allowed), access: ["acme": try matrix(others)], at: relay.now)
    #expect(relay.receive(transport(103, counter: 2), from: atHub).isEmpty)
    #expect(relay.receive(transport(102, counter: 2), from: atSite).isEmpty)
    #expect(relay.machine.notices.contains(.separated(sessions: 1)))

    let moved = try self.relay()
    #expect(speak(moved, hub, atHub, site, atSite, index: 100))
    // Another class, the same rules.
    moved.machine.replaceKeys(
      [hub, site.inClass(2), other, guest].map(\.allowed), access: ["acme": try matrix()], at: moved.now)
    #expect(moved.receive(transport(103, counter: 2), from: atHub).isEmpty)

    let kept = try self.relay()
    #expect(speak(kept, hub, atHub, site, atSite, index: 100))
    kept.machine.replaceKeys([hub, site].map(\.allowed), access: ["acme": try matrix()], at: kept.now)
    #expect(kept.receive(transport(103, counter: 2), from: atHub).map(\.to) == [atSite])
    // Without rules, everybody speaks with everybody again.
    kept.machine.replaceKeys([hub, site, other, guest].map(\.allowed), at: kept.now)
    #expect(kept.receive(transport(103, counter: 3), from: atHub).map(\.to) == [atSite])
    kept.pass(seconds: 1)
    #expect(speak(kept, other, atOther, guest, atGuest, index: 400))
  }

  /// Neither the state of an earlier process nor other groups are a way around the rules.
  @Test func restoredSessionsObeyTheRules() throws {
    let before = VirtualRelay(keys: [hub, site, other, guest])
    #expect(speak(before, site, atSite, guest, atGuest, index: 100))
    before.pass(seconds: 1)
    #expect(speak(before, hub, atHub, other, atOther, index: 200))
    let bytes = before.machine.snapshot(at: before.now, wallClock: 1_000_000)
    let after = try relay()
    #expect(try after.machine.restore(bytes, at: after.now, wallClock: 1_000_001) == 1)
    #expect(after.receive(transport(103, counter: 5), from: atSite).isEmpty)
    #expect(after.receive(transport(203, counter: 5), from: atHub).map(\.to) == [atOther])
    // A key without a class of a group with rules speaks with nobody.
    let classless = VirtualRelay(keys: [hub, site.inClass(nil)], access: ["acme": try matrix()])
    #expect(!speak(classless, hub, atHub, site, atSite, index: 300))
  }

  /// Every pair of 64 keys, with random rules: data passes exactly if they permit it.
  @Test func exhaustiveMatrix() throws {
    var generator = SeededGenerator(64)
    let classes = 12
    func side() -> [Int] {
      (0..<Int.random(in: 1...3, using: &generator)).map { _ in Int.random(in: 0..<classes, using: &generator) }
    }
    let rules: [Rule] = (0..<9).map { _ in (side(), side()) }
    let matrix = try #require(Self.matrix(rules, classes: classes))
    let peers = (0..<64).map {
      Peer("peer", number: $0).inClass(Int.random(in: 0..<classes, using: &generator))
    }
    var limits = RelayLimits()
    limits.sessions = 512
    var passed = 0
    var forbidden = 0
    for (first, peer) in peers.enumerated() {
      let relay = VirtualRelay(keys: peers, access: ["acme": matrix], limits: limits)
      for (second, partner) in peers.enumerated() where second != first {
        let index = UInt32(second) * 10 + 1_000
        let speaks = speak(
          relay, peer, address(UInt8(first + 1)), partner, address(UInt8(second + 1)), index: index)
        #expect(speaks == matrix.permits(peer.accessClass ?? 0, partner.accessClass ?? 0), "\(first) with \(second)")
        passed += speaks ? 1 : 0
        forbidden += speaks ? 0 : 1
        relay.pass(milliseconds: 400)
        relay.machine.advance(to: relay.now)
      }
    }
    #expect(passed > 300 && forbidden > 300)
  }
}
