import TestSupport
import Testing

@testable import RelayCore

/// Random histories of a cluster: messages are lost, repeated, late and out of order, members come and go, the network
/// parts and heals, peers arrive anywhere, and a third party repeats what it has seen
/// and forges handshakes.
@Suite struct ClusterSimulationTests {
  /// Two peers, and what is expected of their tunnel.
  private struct Pair {
    let first: Peer, second: Peer
    let atFirst: Endpoint, atSecond: Endpoint
    let toSecond: UInt32, toFirst: UInt32
    var counter: UInt64 = 1
  }

  @Test(arguments: 0..<80 as Range<UInt64>) func historyKeepsItsPromises(_ seed: UInt64) {
    var generator = SeededGenerator(seed)
    let pairs = (0..<3 as Range<UInt8>).map { number in
      Pair(
        first: Peer("first \(number)", number: Int(number), group: "group \(number)"),
        second: Peer("second \(number)", number: 100 + Int(number), group: "group \(number)"),
        atFirst: address(10 + number), atSecond: address(20 + number), toSecond: 1_000 + UInt32(number),
        toFirst: 2_000 + UInt32(number))
    }
    let cluster = VirtualCluster(3, keys: pairs.flatMap { [$0.first, $0.second] }, seed: seed &+ 1)
    var tunnels = pairs
    for pair in tunnels { connect(pair, cluster, &generator) }
    cluster.pass(milliseconds: 1_000)
    var seen: [(bytes: [UInt8], source: Endpoint)] = []
    for _ in 0..<60 {
      let alive = cluster.members.indices.filter { cluster.members[$0].isAlive }
      let place = Int.random(in: tunnels.indices, using: &generator)
      switch Int.random(in: 0..<20, using: &generator) {
      case 0..<11:
        guard let member = alive.randomElement(using: &generator) else { continue }
        tunnels[place].counter += 1
        let pair = tunnels[place]
        let isFirst = Bool.random(using: &generator)
        let packet = transport(isFirst ? pair.toSecond : pair.toFirst, counter: pair.counter)
        let source = isFirst ? pair.atFirst : pair.atSecond
        seen.append((packet, source))
        check(cluster.send(packet, from: source, to: member), [isFirst ? pair.atSecond : pair.atFirst], seed)
      case 11..<13:
        guard let (bytes, source) = seen.randomElement(using: &generator),
          let member = alive.randomElement(using: &generator)
        else { continue }
        cluster.send(bytes, from: source, to: member)
      case 13:
        cluster.weather.lost = Int.random(in: 0...40, using: &generator)
        cluster.weather.repeated = Int.random(in: 0...20, using: &generator)
        cluster.weather.delayed = Int.random(in: 0...40, using: &generator)
      case 14:
        let some = Set(alive.filter { _ in Bool.random(using: &generator) })
        cluster.weather.partitions = [some, Set(alive).subtracting(some)]
      case 15: cluster.weather.partitions = []
      case 16:
        // What no living member has a copy of is lost.
        if alive.count > 2, let victim = alive.randomElement(using: &generator),
          alive.contains(where: { $0 != victim && cluster.members[$0].relay.machine.confirmedCount == tunnels.count })
        {
          cluster.kill(victim)
        }
      case 17:
        if alive.count < 4 { cluster.add() }
      case 18:
        // A third party forges an initiation, and an answer to it.
        guard let pair = tunnels.randomElement(using: &generator), let member = alive.randomElement(using: &generator)
        else { continue }
        let state = cluster.members[member].relay.machine.cluster
        // If the home is dead, as far as the member knows, anything is better.
        let isHeld =
          state?.homes[pair.atFirst]?.member == state?.id || state?.remoteHome(of: pair.atFirst, at: cluster.now) != nil
        let before = homes(of: pair.atFirst, cluster)
        cluster.send(pair.second.initiation(sender: 66), from: pair.atFirst, to: member)
        cluster.send(pair.first.response(sender: 67, receiver: 66), from: pair.atSecond, to: member)
        if isHeld {
          #expect(homes(of: pair.atFirst, cluster) == before, "seed \(seed): what proves nothing moves no home")
        }
      default: cluster.pass(milliseconds: .random(in: 10...1_500, using: &generator))
      }
    }
    // Everything heals, and every peer sends once more from where it is.
    cluster.weather = VirtualCluster.Weather()
    cluster.pass(milliseconds: 4_000)
    let alive = cluster.members.indices.filter { cluster.members[$0].isAlive }
    for place in tunnels.indices {
      for isFirst in [true, false, true, false] {
        guard let member = alive.first else { continue }
        tunnels[place].counter += 1
        let pair = tunnels[place]
        let packet = transport(isFirst ? pair.toSecond : pair.toFirst, counter: pair.counter)
        cluster.send(packet, from: isFirst ? pair.atFirst : pair.atSecond, to: member)
        cluster.pass(milliseconds: 100)
      }
    }
    cluster.pass(milliseconds: 3_000)
    for pair in tunnels {
      for (isFirst, source, target) in [(true, pair.atFirst, pair.atSecond), (false, pair.atSecond, pair.atFirst)] {
        let packet = transport(isFirst ? pair.toSecond : pair.toFirst, counter: pair.counter + 1_000)
        let receipts = cluster.send(packet, from: source, to: alive[0]).filter { $0.type == 4 }
        #expect(receipts.map(\.at) == [target], "seed \(seed): the tunnel of \(pair.first.name) goes on")
      }
    }
    cluster.pass(milliseconds: 2_000)
    #expect(
      Set(alive.compactMap { cluster.members[$0].relay.machine.cluster?.digest }).count == 1,
      "seed \(seed): all members know the same")
    for pair in tunnels {
      for endpoint in [pair.atFirst, pair.atSecond] {
        let homes = Set(alive.compactMap { cluster.members[$0].relay.machine.cluster?.homes[endpoint]?.member })
        #expect(homes.count == 1, "seed \(seed): \(endpoint) is at home at one member")
      }
    }
  }

  private func homes(of endpoint: Endpoint, _ cluster: VirtualCluster) -> [MemberID?] {
    cluster.members.map { $0.relay.machine.cluster?.homes[endpoint]?.member }
  }

  private func check(_ receipts: [VirtualCluster.Receipt], _ expected: [Endpoint], _ seed: UInt64) {
    for receipt in receipts where receipt.type == 4 {
      #expect(expected.contains(receipt.at), "seed \(seed): nothing leaves its session")
      #expect(receipt.hops <= 2, "seed \(seed): no packet passes three members")
    }
  }

  private func connect(_ pair: Pair, _ cluster: VirtualCluster, _ generator: inout SeededGenerator) {
    let first = Int.random(in: 0..<3, using: &generator)
    let second = Int.random(in: 0..<3, using: &generator)
    for (place, other, sender, number) in [
      (pair.atFirst, pair.second, pair.toFirst &+ 50, first), (pair.atSecond, pair.first, pair.toSecond &+ 50, second),
    ] {
      let cookie = cluster.members[number].relay.cookie(for: place)
      cluster.send(other.initiation(sender: sender, cookie: cookie), from: place, to: number)
    }
    cluster.pass(milliseconds: 200)
    cluster.send(pair.second.initiation(sender: pair.toFirst), from: pair.atFirst, to: first)
    cluster.send(
      pair.first.response(sender: pair.toSecond, receiver: pair.toFirst), from: pair.atSecond, to: second)
    cluster.send(transport(pair.toSecond, counter: 0), from: pair.atFirst, to: first)
    cluster.send(transport(pair.toFirst, counter: 0), from: pair.atSecond, to: second)
  }
}
