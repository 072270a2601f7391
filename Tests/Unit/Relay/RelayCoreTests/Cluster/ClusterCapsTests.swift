import TestSupport
import Testing

@testable import RelayCore

/// Caps and budgets hold for the relay, however many members it has.
@Suite struct ClusterCapsTests {
  private static let keys = (0..<4 as Range<Int>).map { Peer("key \($0)", number: $0) }
  private static let packet: UInt64 = 1_000
  private static let bytesPerSecond: UInt64 = 1_000_000

  /// Members whose keys ask for a lot or a little, and what they carried.
  private final class Load {
    let cluster: VirtualCluster
    /// Packets of each key at each member in a tick.
    var wanted: [[Int]]
    /// Bytes carried in each tick, by member.
    private(set) var carried: [[UInt64]] = []
    private(set) var carriedByKey: [[UInt64]] = []
    private var tick = -1

    init(_ count: Int, seed: UInt64 = 1, perKey: Bool = false) {
      cluster = VirtualCluster(count, keys: ClusterCapsTests.keys, seed: seed)
      wanted = Array(repeating: [0, 0, 0, 0], count: count)
      if perKey {
        cluster.caps.keyBitsPerSecond = 8 * ClusterCapsTests.bytesPerSecond
      } else {
        cluster.caps.relayBitsPerSecond = 8 * ClusterCapsTests.bytesPerSecond
      }
      cluster.work = { [unowned self] number, relay in
        for (place, count) in wanted[number].enumerated() {
          for _ in 0..<count {
            guard relay.meters.spend(bytes: Int64(ClusterCapsTests.packet), meter: UInt32(place + 1)) else { continue }
            carried[tick][number] += ClusterCapsTests.packet
            carriedByKey[tick][place] += ClusterCapsTests.packet
          }
        }
      }
    }

    /// Lets the members work for a while.
    ///
    /// - Returns: Number of the first tick.
    @discardableResult func run(ticks: Int) -> Int {
      for _ in 0..<ticks {
        tick += 1
        carried.append(wanted.map { _ in 0 })
        carriedByKey.append([0, 0, 0, 0])
        cluster.pass(milliseconds: 1_000 / VirtualCluster.stepsPerSecond)
      }
      return tick + 1 - ticks
    }

    /// Returns what members carried in the second that begins with a tick.
    func second(from tick: Int) -> [UInt64] {
      carried[tick..<tick + Int(VirtualCluster.stepsPerSecond)].reduce(wanted.map { _ in 0 }) { sum, one in
        zip(sum, one).map { $0 + $1 }
      }
    }

    /// Returns what a key carried in the second that begins with a tick.
    func second(of key: Int, from tick: Int) -> UInt64 {
      carriedByKey[tick..<tick + Int(VirtualCluster.stepsPerSecond)].reduce(0) { $0 + $1[key] }
    }
  }

  /// Packets that use the whole cap in a tick.
  private static let whole = Int(bytesPerSecond / packet / VirtualCluster.stepsPerSecond)

  private func isNear(_ bytes: UInt64, _ share: Double) -> Bool {
    abs(Double(bytes) / Double(Self.bytesPerSecond) - share) < 0.1
  }

  @Test func membersShareTheCapByWhatTheyNeed() {
    let load = Load(2)
    load.wanted = [[2 * Self.whole, 0, 0, 0], [0, 0, 0, 0]]
    load.run(ticks: 40)
    // The other one is idle.
    var bytes = load.second(from: load.run(ticks: 40))
    #expect(isNear(bytes[0], 1) && bytes[1] == 0, "\(bytes)")
    // Both are equally busy.
    load.wanted = [[2 * Self.whole, 0, 0, 0], [0, 2 * Self.whole, 0, 0]]
    load.run(ticks: 40)
    bytes = load.second(from: load.run(ticks: 40))
    #expect(isNear(bytes[0], 0.5) && isNear(bytes[1], 0.5), "\(bytes)")
    // A modest one gets what it needs.
    load.wanted = [[2 * Self.whole, 0, 0, 0], [0, Self.whole / 5, 0, 0]]
    load.run(ticks: 40)
    bytes = load.second(from: load.run(ticks: 40))
    #expect(isNear(bytes[0], 0.8) && isNear(bytes[1], 0.2), "\(bytes)")
    // It dies, and its share comes back.
    load.wanted[1] = [0, 2 * Self.whole, 0, 0]
    load.run(ticks: 40)
    load.cluster.kill(1)
    load.run(ticks: 60)
    bytes = load.second(from: load.run(ticks: 40))
    #expect(isNear(bytes[0], 1), "\(bytes)")
  }

  /// A greedy key gets no more because it is alone at its member.
  @Test func keysOfAllMembersShareTheCap() {
    let load = Load(2)
    load.wanted = [[2 * Self.whole, 0, 0, 0], [0, 2 * Self.whole, 2 * Self.whole, 2 * Self.whole]]
    load.run(ticks: 60)
    let bytes = load.second(from: load.run(ticks: 40))
    #expect(isNear(bytes[0], 0.25) && isNear(bytes[1], 0.75), "\(bytes)")
  }

  @Test func capOfAKeyHoldsAtAllMembersTogether() {
    let load = Load(3, perKey: true)
    load.wanted = Array(repeating: [2 * Self.whole, Self.whole / 4, 0, 0], count: 3)
    load.run(ticks: 60)
    let start = load.run(ticks: 40)
    #expect(isNear(load.second(of: 0, from: start), 1), "\(load.second(of: 0, from: start))")
    #expect(isNear(load.second(of: 1, from: start), 0.75), "\(load.second(of: 1, from: start))")
  }

  /// Loads change, members die and come, and messages are lost.
  @Test(arguments: 0..<24 as Range<UInt64>) func capHoldsForTheRelayAsAWhole(_ seed: UInt64) {
    var generator = SeededGenerator(seed)
    let load = Load(3, seed: seed)
    load.cluster.weather.lost = .random(in: 0...10, using: &generator)
    load.cluster.weather.delayed = .random(in: 0...10, using: &generator)
    for round in 0..<4 as Range<Int> {
      load.wanted = load.wanted.map { _ in
        Self.keys.map { _ in
          Bool.random(using: &generator) ? 0 : Self.whole * .random(in: 0...8, using: &generator) / 4
        }
      }
      if round == 2, let victim = load.wanted.indices.randomElement(using: &generator) { load.cluster.kill(victim) }
      load.run(ticks: 60)
      let start = load.run(ticks: 60)
      let alive = load.wanted.indices.filter { load.cluster.members[$0].isAlive }
      let asked = alive.reduce(0) { $0 + load.wanted[$1].reduce(0, +) }
      for first in start...start + 20 {
        let sum = Double(load.second(from: first).reduce(0, +)) / Double(Self.bytesPerSecond)
        #expect(sum <= 1.1, "seed \(seed), round \(round): \(load.wanted)")
        #expect(sum >= 0.9 * min(1, Double(asked) / Double(Self.whole)), "seed \(seed), round \(round): \(load.wanted)")
      }
    }
  }

  /// The member at which a packet arrives pays for it, and the one at which it leaves does not.
  @Test func packetThatCrossesMembersIsMeteredOnce() {
    let (anna, bert) = (Peer("anna", 1), Peer("bert", 2))
    let cluster = VirtualCluster(2, keys: [anna, bert])
    for (peer, other, place, number) in [(anna, bert, address(1), 0), (bert, anna, address(2), 1)] {
      let cookie = cluster.members[number].relay.cookie(for: place)
      cluster.send(
        other.initiation(sender: UInt32(number) + 50, cookie: cookie), from: place, to: number)
      _ = peer
    }
    cluster.pass(milliseconds: 200)
    cluster.send(bert.initiation(sender: 11), from: address(1), to: 0)
    cluster.send(anna.response(sender: 21, receiver: 11), from: address(2), to: 1)
    cluster.send(transport(21, counter: 0), from: address(1), to: 0)
    cluster.pass(milliseconds: 200)
    for member in cluster.members { member.relay.switches.metered = true }
    func asked() -> [Int64] {
      cluster.members.map { $0.relay.meters.takeDemands().reduce(0) { $0 + $1.packets } }
    }
    _ = asked()
    cluster.members[0].relay.meters.grant(bytes: 10_000, packets: 10, to: 1)
    let receipts = cluster.send(transport(21, counter: 1), from: address(1), to: 0)
    #expect(receipts.map(\.at) == [address(2)], "the second member has no credit, and needs none")
    #expect(asked() == [1, 0])
  }

  /// Strangers of one network send twice what their budget allows at each of two members.
  @Test func budgetForHandshakesHoldsForTheRelay() {
    var limits = RelayLimits()
    limits.sourceRate = RelayLimits.Rate(perSecond: 20, burst: 20)
    let cluster = VirtualCluster(2, keys: Self.keys, limits: limits)
    var sent = 0
    for step in 0..<400 as Range<UInt32> {
      for number in 0..<2 as Range<Int> {
        cluster.send(Self.keys[0].initiation(sender: step * 2 + UInt32(number)), from: address(9), to: number)
        sent += 1
      }
      cluster.pass(milliseconds: 25)
    }
    let refused = cluster.members.reduce(0 as UInt64) { $0 + $1.relay.dropped(.sourceRate) }
    let passed = sent - Int(refused)
    // Ten seconds, and a burst at each.
    #expect((200...260).contains(passed), "\(passed) of \(sent)")
  }

  @Test func shareOfNobodysKeysIsWhatIsLeft() {
    let some = [Demand.Class(keys: 2, amount: 400)]
    #expect(FairShare.share(of: 1_000, for: [], besides: []) == 1_000)
    #expect(FairShare.share(of: 1_000, for: some, besides: [[]]) == 700)
    #expect(FairShare.share(of: 1_000, for: [], besides: [some]) == 300)
    #expect(FairShare.share(of: 300, for: some, besides: [[Demand.Class(keys: 1, amount: 50)]]) == 250)
    #expect(FairShare.share(of: 300, for: [], besides: [some]) == 0)
    #expect(FairShare.share(of: 300, for: some, besides: [[Demand.Class(keys: 0, amount: .max)]]) == 300)
    #expect(FairShare.share(of: 300, for: some, besides: [[Demand.Class(keys: .max, amount: .max)]]) <= 300)
  }
}
