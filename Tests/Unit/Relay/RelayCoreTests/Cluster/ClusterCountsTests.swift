import TestSupport
import Testing

@testable import RelayCore

/// What a key has done is known as long as one member of the relay lives.
extension ClusterTests {
  /// Returns what each living member says that a key has done at all of them.
  private func totals(of name: String, _ cluster: VirtualCluster) -> [KeyCount] {
    cluster.members.filter(\.isAlive).compactMap { member in
      member.relay.machine.statistics(at: cluster.now).peers.first { $0.name == name }?.total
    }
  }

  /// Anna sends bert a number of packets, of which the first have been counted already.
  private func send(_ counters: ClosedRange<UInt64>, _ cluster: VirtualCluster, to number: Int = 0) {
    for counter in counters { cluster.send(transport(21, counter: counter), from: atAnna, to: number) }
  }

  @Test func countsOfAMemberThatLeavesAreComplete() {
    let cluster = cluster(3)
    connect(cluster, 0, 1)
    send(1...9, cluster)
    cluster.leave(0)
    cluster.pass(milliseconds: 25)
    // What was sent a moment before it ended counts, and so does the handshake.
    let expected = KeyCount(handshakes: 1, received: Volume(packets: 10, bytes: 320), sent: Volume())
    #expect(totals(of: "anna", cluster) == [expected, expected])
    cluster.pass(milliseconds: 6_000)
    #expect(totals(of: "bert", cluster).map(\.sent.packets) == [10, 10])
  }

  @Test func countsOfAMemberThatDiesAreAFewSecondsOld() {
    let cluster = cluster(3)
    connect(cluster, 0, 1)
    send(1...9, cluster)
    cluster.pass(milliseconds: 6_000)
    send(10...12, cluster)
    cluster.kill(0)
    cluster.pass(milliseconds: 3_000)
    #expect(totals(of: "anna", cluster).map(\.received.packets) == [10, 10])
  }

  /// A session ends while a member looks at its counts, key by key and session by session.
  @Test(arguments: 0..<8 as Range<Int>) func whatEndsDuringALookCountsOnce(_ moment: Int) {
    let cluster = cluster(2)
    connect(cluster, 0, 0)
    send(1...9, cluster)
    let (first, second) = (cluster.members[0].relay, cluster.members[1].relay)
    let known = Array(first.machine.keys.keys)
    first.machine.cluster?.countWalk = CountWalk(of: known)
    var slices = 0
    while first.machine.cluster?.countWalk != nil {
      if slices == moment { first.machine.end(0, at: cluster.now) }
      first.machine.walkCounts(limit: 1)
      slices += 1
    }
    // Two keys, a session that may be gone, and two counts.
    #expect(slices >= 5, "the look had slices")
    cluster.pass(milliseconds: 100)
    let seen = second.machine.cluster?.counts.elsewhere(anna.publicKey)
    #expect((seen?.received.packets ?? 0) <= 10, "counts never fall, so they must not be too high")
    cluster.pass(milliseconds: 6_000)
    #expect(totals(of: "anna", cluster).map(\.received.packets) == [10, 10])
    #expect(totals(of: "bert", cluster).map(\.sent.packets) == [10, 10])
  }

  /// A rolling update replaces all of them, so that none is left that counted.
  @Test func countsOutliveAllWhoCounted() {
    let cluster = cluster(2)
    connect(cluster, 0, 1)
    send(1...9, cluster)
    for number in 0..<2 {
      cluster.leave(number)
      cluster.pass(milliseconds: 25)
      cluster.restart(number)
      cluster.pass(milliseconds: 6_000)
    }
    #expect(totals(of: "anna", cluster).map(\.received.packets) == [10, 10])
    #expect(totals(of: "bert", cluster).map(\.sent.packets) == [10, 10])
  }

  @Test(arguments: 1...8 as ClosedRange<UInt64>) func countsArriveInBadWeather(_ seed: UInt64) {
    let cluster = VirtualCluster(3, keys: [anna, bert], seed: seed)
    connect(cluster, 0, 1)
    cluster.weather.lost = 30
    cluster.weather.repeated = 20
    cluster.weather.delayed = 50
    for second in 0..<10 as Range<UInt64> {
      send(1 + second * 4...4 + second * 4, cluster)
      cluster.pass(milliseconds: 1_000)
      for total in totals(of: "anna", cluster) { #expect(total.received.packets <= 41) }
    }
    cluster.pass(milliseconds: 300_000)
    #expect(totals(of: "anna", cluster).map(\.received.packets) == [41, 41, 41])
  }

  /// A process that restarts with its state goes on to count where it was, so it counts nothing twice.
  @Test func restoredProcessCountsUnderItsNumber() throws {
    let cluster = cluster(2)
    connect(cluster, 0, 1)
    send(1...9, cluster)
    cluster.pass(milliseconds: 6_000)
    let state = cluster.members[0].relay.machine.snapshot(at: cluster.now, wallClock: 1, boot: [1])
    cluster.leave(0)
    cluster.restart(0)
    _ = try cluster.members[0].relay.machine.restore(state, at: cluster.now, wallClock: 1, boot: [1])
    cluster.pass(milliseconds: 6_000)
    #expect(totals(of: "anna", cluster).map(\.received.packets) == [10, 10])
    // The packet that moves a home is the only one that is not counted.
    send(10...13, cluster)
    cluster.pass(milliseconds: 6_000)
    #expect(totals(of: "anna", cluster).map(\.received.packets) == [13, 13])
  }

  @Test func removedKeyIsForgotten() {
    let cluster = cluster(2)
    connect(cluster, 0, 1)
    cluster.pass(milliseconds: 6_000)
    #expect(cluster.members[1].relay.machine.cluster?.counts.elsewhere(anna.publicKey).handshakes == 1)
    cluster.members[1].relay.machine.replaceKeys([bert.allowed], at: cluster.now)
    cluster.pass(milliseconds: 61_000)
    #expect(cluster.members[1].relay.machine.cluster?.counts.elsewhere(anna.publicKey) == KeyCount())
  }

  @Test func countsOfFewProcessesAreKept() {
    var counts = SharedCounts(own: 0, at: .start)
    let one = KeyCount(handshakes: 1)
    for source in 1...100 as ClosedRange<UInt64> {
      let isNews = [counts.take(one, of: [1], at: source), counts.take(one, of: [1], at: source)]
      #expect(isNews == [true, false])
    }
    #expect(counts.elsewhere([1]).handshakes == UInt64(SharedCounts.maxSources))
    counts.sendAll { $0 > 90 }
    counts.sendAll { $0 > 95 }
    let (first, second) = (counts.takeQueued(messages: .max), counts.takeQueued(messages: .max))
    #expect(first.map(\.source) == Array(91...100) && second.isEmpty)
  }
}
