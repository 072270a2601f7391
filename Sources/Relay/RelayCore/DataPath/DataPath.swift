package import CRelayCore

/// Fast path of one worker: sorts a batch of received packets for sending, without system calls, locks or allocations.
///
/// Data is forwarded by the session table. Handshakes, and everything else that needs a decision, go to the slow path
/// as events.
///
/// `@unchecked Sendable`: it belongs to one worker and is handed over once, before the worker's thread starts.
package struct DataPath: ~Copyable, @unchecked Sendable {
  private let table: SessionTable
  private let switches: DataPathSwitches
  private let meters: Meters
  /// Counters of this worker.
  package let counters: CounterBlock
  /// Events for the slow path.
  package let events: EventRing
  /// Datagrams to send over IPv4, from the last batch.
  package var toIPv4: OutgoingBatch
  /// Datagrams to send over IPv6, from the last batch.
  package var toIPv6: OutgoingBatch
  /// The companion address of the leg that was looked up last, if it has one.
  private var companion = Endpoint.none
  /// Whether the companion gets copies even while the leg's own end is sending.
  private var isSteady = false
  /// The leg that was looked up last for its companion alone.
  private var companionLeg: LegID = 0

  /// Datagrams in one received message, at most. The kernel stops earlier, and anything shorter than the shortest
  /// WireGuard message is dropped without a look-up.
  package static let datagramsPerMessage = 128

  /// Creates the fast path of a worker that receives `batch` messages at a time.
  package init(
    table: SessionTable, switches: DataPathSwitches, meters: Meters, counters: CounterBlock, events: EventRing,
    batch: Int
  ) {
    self.table = table
    self.switches = switches
    self.meters = meters
    self.counters = counters
    self.events = events
    toIPv4 = OutgoingBatch(capacity: batch * Self.datagramsPerMessage)
    toIPv6 = OutgoingBatch(capacity: batch * Self.datagramsPerMessage)
  }

  /// The leg of the previous packet, so that a burst of one flow is looked up only once.
  private struct Run {
    var index: UInt32 = 0
    var leg: LegID = 0
    var to = Endpoint.none
    var meter: UInt32 = 0
    var valid = false
    /// Whether a packet may go to more than `to`.
    var isMultiple = false
    var packets: UInt64 = 0
    var bytes: UInt64 = 0
    var highest: UInt64 = 0
  }

  /// Sorts a batch into `toIPv4` and `toIPv6`, which are complete afterwards and point into the receive buffers.
  ///
  /// - Parameters:
  ///   - received: Received messages.
  ///   - count: Number of received messages.
  ///   - nanoseconds: The relay's clock.
  /// - Returns: Whether the slow path has work to do.
  package mutating func process(_ received: UnsafePointer<relay_received>, count: Int, at nanoseconds: UInt64) -> Bool {
    let now = nanoseconds / 1_000_000
    let coalescing = switches.segmentation
    let metered = switches.metered
    let strict = switches.strictRoaming
    var packets: UInt64 = 0
    var bytes: UInt64 = 0
    var coalesced: UInt64 = 0
    var slow = false
    toIPv4.clear()
    toIPv6.clear()
    var number = 0
    while number < count {
      let message = received[number]
      number += 1
      let segment = max(1, message.segment)
      var offset: UInt32 = 0
      var run = Run()
      bytes &+= UInt64(message.length)
      var datagrams: UInt64 = 0
      while offset < message.length {
        let length = min(segment, message.length &- offset)
        let data = message.data + Int(offset)
        offset &+= length
        datagrams &+= 1
        let raw = UnsafeRawPointer(data)
        let type = length >= 4 ? UInt32(littleEndian: raw.loadUnaligned(as: UInt32.self)) : 0
        guard type == WireGuard.MessageType.transportData, length >= WireGuard.Length.keepalive else {
          handshake(
            UnsafeRawBufferPointer(start: raw, count: Int(length)), message.source, message.traffic_class, nanoseconds,
            &slow)
          continue
        }
        let index = UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
        let counter = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        if !run.valid || run.index != index {
          finish(run, now)
          run = lookUp(index, counter, length, message.source, nanoseconds, strict, &slow)
          guard run.valid else { continue }
        }
        if metered, run.meter != Meters.paid, !meters.spend(bytes: Int64(length), meter: run.meter) {
          counters.drop(.bandwidth)
          continue
        }
        run.packets &+= 1
        run.bytes &+= UInt64(length)
        // A counter far ahead is ignored: otherwise one forged packet would make everything after a real move look old.
        if counter > run.highest, counter &- run.highest <= RelayLimits.plausibleAdvance { run.highest = counter }
        if run.isMultiple {
          appendAll(data, length, run, message, coalescing, now)
        } else {
          append(data, length, run.to, message.traffic_class, coalescing)
        }
      }
      finish(run, now)
      packets &+= datagrams
      if datagrams > 1 { coalesced &+= datagrams }
    }
    toIPv4.close()
    toIPv6.close()
    counters.add(.receivedPackets, packets)
    counters.add(.receivedBytes, bytes)
    if coalesced > 0 { counters.add(.coalescedPackets, coalesced) }
    counters.add(.receivedMessages, UInt64(truncatingIfNeeded: count))
    counters.add(.receiveCalls)
    counters.occupancy(count)
    return slow
  }

  @inline(__always)
  private mutating func append(
    _ data: UnsafePointer<UInt8>, _ length: UInt32, _ to: Endpoint, _ trafficClass: UInt32, _ coalescing: Bool
  ) {
    let taken =
      to.isIPv4
      ? toIPv4.append(data, length, to: to, trafficClass: trafficClass, coalescing: coalescing)
      : toIPv6.append(data, length, to: to, trafficClass: trafficClass, coalescing: coalescing)
    if !taken { counters.drop(.sendBufferFull) }
  }

  /// Sends a packet to every session end that shares its index, or to the companion address as well.
  private mutating func appendAll(
    _ data: UnsafePointer<UInt8>, _ length: UInt32, _ run: Run, _ message: relay_received, _ coalescing: Bool,
    _ now: UInt64
  ) {
    guard run.leg == Self.sharedLeg else {
      if run.leg != Self.companionAlone { append(data, length, run.to, message.traffic_class, coalescing) }
      let leg = run.leg == Self.companionAlone ? companionLeg : run.leg
      // A keepalive carries no data, and would spend the credit of packets that do.
      guard length > WireGuard.Length.keepalive,
        isSteady || table.activity(of: leg.opposite).isSilent(at: now),
        table.activity(of: leg).takeCredit(Int64(length) + companion.headerBytes)
      else { return }
      append(data, length, companion, message.traffic_class, coalescing)
      return
    }
    table.forEachShared(~run.index, from: message.source) { id, leg in
      table.activity(of: id).count(packets: 1, bytes: UInt64(length), highest: 0, now: now)
      append(data, length, leg.to, message.traffic_class, coalescing)
    }
  }

  @inline(__always)
  private func finish(_ run: Run, _ now: UInt64) {
    guard run.valid, run.packets > 0, run.leg < Self.companionAlone else { return }
    table.activity(of: run.leg).count(packets: run.packets, bytes: run.bytes, highest: run.highest, now: now)
  }

  /// Marks a run whose packets come from an address other than the leg's: each packet is looked up separately.
  private static let movedLeg = LegID.max

  /// Marks a run whose packets go to the ends of several sessions.
  private static let sharedLeg = LegID.max - 1

  /// Marks a run whose packets go to the companion of `companionLeg` alone.
  private static let companionAlone = LegID.max - 2

  /// Returns where packets with this index and source go. If the run is invalid, the packet has been counted as
  /// dropped.
  private mutating func lookUp(
    _ index: UInt32, _ counter: UInt64, _ length: UInt32, _ source: Endpoint, _ nanoseconds: UInt64, _ strict: Bool,
    _ slow: inout Bool
  ) -> Run {
    switch table.find(index, from: source) {
    case .leg(let id, let leg):
      if leg.flags.contains(.shared), !leg.flags.contains(.towardResponder) {
        return Run(index: ~index, leg: Self.sharedLeg, to: leg.to, meter: meter(of: leg), valid: true, isMultiple: true)
      }
      if !leg.flags.contains(.confirmed) {
        let activity = table.activity(of: id & ~1)
        if leg.flags.contains(.towardResponder) {
          if activity.confirmedAt == 0 {
            activity.confirm(at: nanoseconds)
            tell(.confirmed, source, id, counter, length, nanoseconds, &slow)
          }
        } else if activity.confirmedAt == 0 {
          counters.drop(.unconfirmed)
          return Run()
        }
      }
      let hasCompanion = leg.flags.contains(.companion)
      if hasCompanion {
        let other = table.companion(of: id).read()
        companion = other.to
        isSteady = other.flags.contains(.companion)
      }
      return Run(
        index: index, leg: id, to: leg.to, meter: meter(of: leg), valid: true, isMultiple: hasCompanion,
        highest: table.activity(of: id).highestCounter)
    case .moved(let id, let leg):
      guard leg.flags.contains(.confirmed) || table.activity(of: id & ~1).confirmedAt != 0 else {
        counters.drop(.unconfirmed)
        return Run()
      }
      // A packet passes one member besides that where it arrived, never two.
      guard !leg.flags.contains(.toMember) || !table.members.contains(source) else {
        // The peer may be here now. Another member sends copies for its new address.
        guard leg.flags.contains(.companion) else {
          counters.drop(.secondHop)
          return Run()
        }
        let other = table.companion(of: id).read()
        guard !table.members.contains(other.to) else {
          counters.drop(.secondHop)
          return Run()
        }
        companion = other.to
        isSteady = other.flags.contains(.companion)
        companionLeg = id
        return Run(
          index: ~index, leg: Self.companionAlone, to: other.to, meter: Meters.paid, valid: true, isMultiple: true)
      }
      // Between members, it is not the peer that moved.
      guard !strict || leg.from.isNone || table.members.contains(leg.from) || table.members.contains(source) else {
        counters.drop(.moved)
        return Run()
      }
      let highest = table.activity(of: id).highestCounter
      if counter > highest, counter - highest <= RelayLimits.plausibleAdvance {
        tell(.moved, source, id, counter, length, nanoseconds, &slow)
      } else if counter <= highest, table.companion(of: id).read().from == source {
        // It was in transit when its peer moved: it is forwarded, as it would arrive without a relay, and moves
        // nothing.
        tell(.late, source, id, counter, length, nanoseconds, &slow)
      } else {
        counters.drop(.implausibleCounter)
        return Run()
      }
      counters.add(.movedPackets)
      let meter = table.members.contains(source) ? Meters.paid : leg.meter
      // The inverted index matches no packet, so the burst's next packet is looked up, and its counter checked,
      // separately.
      return Run(index: ~index, leg: Self.movedLeg, to: leg.to, meter: meter, valid: true)
    case .ambiguous:
      counters.drop(.ambiguousIndex)
      return Run()
    case .none:
      counters.drop(.unknownIndex)
      return Run()
    }
  }

  /// Returns the meter that pays for packets of a leg. The member at which a packet arrives from its peer meters it.
  @inline(__always)
  private func meter(of leg: Leg) -> UInt32 { leg.flags.contains(.fromMember) ? Meters.paid : leg.meter }

  private func handshake(
    _ bytes: UnsafeRawBufferPointer, _ source: Endpoint, _ trafficClass: UInt32, _ nanoseconds: UInt64,
    _ slow: inout Bool
  ) {
    if MemberGreeting.isOne(bytes), switches.isMember {
      if !events.push(.greeting, source: source, message: bytes, at: nanoseconds) { counters.add(.lostEvents) }
      slow = true
      return
    }
    guard HandshakeMessage.kind(of: bytes) != nil else {
      counters.drop(.malformed)
      return
    }
    if !events.push(.handshake, source: source, length: trafficClass, message: bytes, at: nanoseconds) {
      counters.drop(.handshakeQueueFull)
    }
    slow = true
  }

  private func tell(
    _ kind: DataPathEvent.Kind, _ source: Endpoint, _ leg: LegID, _ counter: UInt64, _ length: UInt32,
    _ nanoseconds: UInt64, _ slow: inout Bool
  ) {
    if !events.push(kind, source: source, leg: leg, counter: counter, length: length, at: nanoseconds) {
      counters.add(.lostEvents)
    }
    slow = true
  }
}
