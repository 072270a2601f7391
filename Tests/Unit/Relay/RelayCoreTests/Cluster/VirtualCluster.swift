import CRelayCore
import TestSupport

@testable import RelayCore

/// Members of one relay on a network and a clock that a test controls.
final class VirtualCluster {
  /// A member with its addresses.
  final class Member {
    let id: MemberID
    let control: Endpoint
    let data: Endpoint
    let relay: VirtualRelay
    var isAlive = true
    var counter: UInt64 = 0

    init(_ number: UInt8, id: MemberID, keys: [Peer], limits: RelayLimits) {
      self.id = id
      control = Endpoint(ipv4: 0x0A63_0000 | UInt32(number), port: 7_000)
      data = Endpoint(ipv4: 0x0A63_0000 | UInt32(number), port: 40_000)
      relay = VirtualRelay(keys: keys, limits: limits)
    }
  }

  /// A datagram that a peer received, and the member that sent it.
  struct Receipt: Equatable {
    let at: Endpoint
    let bytes: [UInt8]
    let from: Int
    /// Members that the datagram passed.
    let hops: Int
    var type: UInt8 { bytes.first ?? 0 }
  }

  /// What the network does with messages between members.
  struct Weather {
    /// Of a hundred messages, how many are lost, repeated and delayed.
    var lost = 0
    var repeated = 0
    var delayed = 0
    /// Members that cannot reach those of other sets.
    var partitions: [Set<Int>] = []
  }

  static let stepsPerSecond: UInt64 = 40

  private(set) var members: [Member] = []
  var weather = Weather()
  /// Records that members have sent each other.
  private(set) var recordsSent = 0
  /// Caps of the relay. If they are set, members meter their packets.
  var caps = Caps()
  /// What a member's workers do once they have their credit.
  var work: (_ number: Int, _ relay: VirtualRelay) -> Void = { _, _ in }
  var now = Instant(seconds: 1_000)
  private var generator: SeededGenerator
  private let keys: [Peer]
  private let limits: RelayLimits
  /// Messages between members that are still on their way.
  private var inFlight: [(due: Instant, from: Int, to: Int, bytes: [UInt8], counter: UInt64)] = []

  init(_ count: Int, keys: [Peer], seed: UInt64 = 1, limits: RelayLimits = RelayLimits()) {
    self.keys = keys
    self.limits = limits
    generator = SeededGenerator(seed)
    for _ in 0..<count { add() }
    pass(milliseconds: 3_000)
  }

  /// Adds a member.
  @discardableResult func add() -> Int {
    let number = UInt8(members.count + 1)
    let member = Member(number, id: .random(in: 1 ... .max, using: &generator), keys: keys, limits: limits)
    member.relay.now = now
    member.relay.machine.joinCluster(
      id: member.id, keys: [[UInt8](repeating: 7, count: 32)], control: member.control, data: member.data, at: now)
    member.relay.machine.cluster?.members.setPlaces(members.map(\.control))
    members.append(member)
    return members.count - 1
  }

  /// Starts a process again at the address of one that ended.
  func restart(_ number: Int) {
    let old = members[number]
    let member = Member(
      UInt8(number + 1), id: .random(in: 1 ... .max, using: &generator), keys: keys, limits: limits)
    member.relay.now = now
    member.relay.machine.joinCluster(
      id: member.id, keys: [[UInt8](repeating: 7, count: 32)], control: old.control, data: old.data, at: now)
    member.relay.machine.setClusterPlaces(members.map(\.control).filter { $0 != old.control })
    members[number] = member
  }

  /// Ends a member without a word.
  func kill(_ number: Int) { members[number].isAlive = false }

  /// Ends a member in order.
  func leave(_ number: Int) {
    members[number].relay.machine.leaveCluster(at: now)
    carry(from: number)
    members[number].isAlive = false
  }

  /// Lets time pass.
  func pass(milliseconds: UInt64) {
    var left = milliseconds
    while left > 0 {
      let step = min(left, 1_000 / Self.stepsPerSecond)
      left -= step
      now = now.advanced(milliseconds: step)
      for (number, member) in members.enumerated() where member.isAlive {
        member.relay.now = now
        if !caps.isEmpty {
          member.relay.switches.metered = true
          member.relay.machine.grant(
            member.relay.meters, caps, ticksPerSecond: Self.stepsPerSecond, at: now)
          work(number, member.relay)
        }
        if now.milliseconds % 1_000 < step { member.relay.machine.advance(to: now) }
        member.relay.machine.endWaiting(at: now)
        member.relay.machine.advanceCluster(to: now)
        carry(from: number)
        for transmission in member.relay.machine.outbox {
          receipts += pass(Delivery(transmission), from: number, hops: 1)
        }
        member.relay.machine.outbox = []
      }
      deliverDue()
    }
  }

  /// Lets a member receive a datagram of a peer.
  ///
  /// - Returns: What peers received because of it.
  @discardableResult
  func send(_ bytes: [UInt8], from source: Endpoint, to number: Int) -> [Receipt] {
    receipts = []
    let received = receive(bytes, from: source, at: number, hops: 1)
    // Members answer each other at once, unless the weather is bad.
    var receipts = received
    for _ in 0..<8 {
      deliverDue()
      receipts += takeReceipts()
    }
    return receipts
  }

  /// Lets a member receive a datagram of a peer, and leaves its messages to others on their way.
  ///
  /// - Returns: What peers received from this member.
  func post(_ bytes: [UInt8], from source: Endpoint, to number: Int) -> [Receipt] {
    receive(bytes, from: source, at: number, hops: 1)
  }

  private var receipts: [Receipt] = []

  /// Returns what peers received since because of messages between members, and forgets it.
  func takeReceipts() -> [Receipt] {
    defer { receipts = [] }
    return receipts
  }

  private func receive(_ bytes: [UInt8], from source: Endpoint, at number: Int, hops: Int) -> [Receipt] {
    let member = members[number]
    guard member.isAlive else { return [] }
    member.relay.now = now
    let deliveries = member.relay.receive(bytes, from: source)
    carry(from: number)
    return deliveries.flatMap { pass($0, from: number, hops: hops) }
  }

  /// Brings what a member sent to a member or to a peer.
  private func pass(_ delivery: Delivery, from number: Int, hops: Int) -> [Receipt] {
    guard let next = members.firstIndex(where: { $0.data == delivery.to }) else {
      return [Receipt(at: delivery.to, bytes: delivery.bytes, from: number, hops: hops)]
    }
    guard canReach(number, next) else { return [] }
    return receive(delivery.bytes, from: members[number].data, at: next, hops: hops + 1)
  }

  private func canReach(_ from: Int, _ to: Int) -> Bool {
    guard members[to].isAlive else { return false }
    let side = weather.partitions.firstIndex { $0.contains(from) }
    return side == weather.partitions.firstIndex { $0.contains(to) }
  }

  /// Puts a member's messages for others on their way.
  private func carry(from number: Int) {
    let member = members[number]
    for (endpoint, message) in member.relay.machine.clusterOutbox {
      member.counter += 1
      if case .records(let records) = message { recordsSent += records.count }
      guard let to = members.firstIndex(where: { $0.control == endpoint }), canReach(number, to) else { continue }
      if Int.random(in: 0..<100, using: &generator) < weather.lost { continue }
      let copies = Int.random(in: 0..<100, using: &generator) < weather.repeated ? 2 : 1
      for _ in 0..<copies {
        let isLate = Int.random(in: 0..<100, using: &generator) < weather.delayed
        let due = now.advanced(milliseconds: isLate ? .random(in: 1...400, using: &generator) : 0)
        inFlight.append((due, number, to, message.bytes, member.counter))
      }
    }
    member.relay.machine.clusterOutbox = []
  }

  private func deliverDue() {
    let due = inFlight.filter { $0.due <= now }
    inFlight.removeAll { $0.due <= now }
    for (_, from, to, bytes, counter) in due where members[to].isAlive && canReach(from, to) {
      guard let message = ClusterMessage(bytes) else { continue }
      let member = members[to]
      member.relay.now = now
      member.relay.machine.receive(
        message, from: members[from].id, counter: counter, at: members[from].control, at: now)
      carry(from: to)
      for transmission in member.relay.machine.outbox {
        receipts += pass(Delivery(transmission), from: to, hops: 1)
      }
      member.relay.machine.outbox = []
    }
  }
}
