import CRelayCore

/// Bandwidth and packet caps of the relay and of each key, as credit that the control thread grants and workers spend.
///
/// Each tick distributes the credit for the next one: every key gets what it asked for in the last tick, up to its own
/// cap. If that exceeds the relay's capacity, shares follow max-min fairness, so that only the greediest keys lose.
///
/// `@unchecked Sendable`: all access to the memory is atomic.
package final class Meters: @unchecked Sendable {
  /// Number of meters, one per key. Meter 0 counts the traffic without a key and of keys beyond the capacity.
  package let capacity: Int
  private let words: UnsafeMutablePointer<Int64>
  private let memory: UnsafeMutableRawPointer
  private static let wordsPerKey = 4
  /// Marks packets that another member of the cluster has metered already.
  static let paid = UInt32.max

  /// Creates meters for `capacity` keys, at least one, without any credit.
  package init(capacity: Int) {
    self.capacity = max(1, capacity)
    memory = relay_map(self.capacity * Self.wordsPerKey * 8)
    words = memory.assumingMemoryBound(to: Int64.self)
  }

  deinit { relay_unmap(memory, capacity * Self.wordsPerKey * 8) }

  /// Spends credit for a packet.
  ///
  /// - Returns: Whether there was enough; if false, the packet is over the cap.
  @inline(__always)
  func spend(bytes: Int64, meter: UInt32) -> Bool {
    let place = words + Int(meter < UInt32(truncatingIfNeeded: capacity) ? meter : 0) * Self.wordsPerKey
    _ = relay_add_relaxed_i64(place + 2, bytes)
    _ = relay_add_relaxed_i64(place + 3, 1)
    let bytesLeft = relay_add_relaxed_i64(place, -bytes)
    let packetsLeft = relay_add_relaxed_i64(place + 1, -1)
    if bytesLeft >= 0, packetsLeft >= 0 { return true }
    _ = relay_add_relaxed_i64(place, bytes)
    _ = relay_add_relaxed_i64(place + 1, 1)
    return false
  }

  /// What a meter was asked for.
  struct Demand {
    let meter: Int
    let bytes: Int64
    let packets: Int64
  }

  /// Returns and resets the demand since the last call, for each meter that had any.
  func takeDemands() -> [Demand] {
    (0..<capacity).compactMap { meter in
      let place = words + meter * Self.wordsPerKey
      let bytes = relay_load_relaxed_i64(place + 2)
      let packets = relay_load_relaxed_i64(place + 3)
      guard packets != 0 else { return nil }
      _ = relay_add_relaxed_i64(place + 2, -bytes)
      _ = relay_add_relaxed_i64(place + 3, -packets)
      return Demand(meter: meter, bytes: bytes, packets: packets)
    }
  }

  /// Returns the bytes that a meter has left.
  func credit(of meter: Int) -> Int64 { relay_load_relaxed_i64(words + meter * Self.wordsPerKey) }

  /// Sets the credit of a meter; unspent credit lapses.
  func grant(bytes: Int64, packets: Int64, to meter: Int) {
    relay_store_relaxed_i64(words + meter * Self.wordsPerKey, bytes)
    relay_store_relaxed_i64(words + meter * Self.wordsPerKey + 1, packets)
  }
}

extension Meters {
  /// Distributes the credit for one tick.
  ///
  /// - Parameters:
  ///   - share: The caps in force, as far as they are this process's.
  ///   - demands: What was asked for since the last tick.
  ///   - ticksPerSecond: How often this is called.
  func grant(_ share: CapShare, _ demands: [Demand], ticksPerSecond: UInt64) {
    let unlimited = Int64.max / 4
    func perTick(_ perSecond: UInt64?) -> Int64 {
      perSecond.map { min(unlimited, Int64(clamping: max(1, $0 / ticksPerSecond))) } ?? unlimited
    }
    func bytesOfKey(_ meter: Int) -> Int64 { perTick((share.keys[meter] ?? share.caps).keyBytesPerSecond) }
    func packetsOfKey(_ meter: Int) -> Int64 { perTick((share.keys[meter] ?? share.caps).keyPacketsPerSecond) }
    let relayBytes = perTick(share.caps.relayBytesPerSecond)
    let relayPackets = perTick(share.caps.relayPacketsPerSecond)
    let byteShares = FairShare.shares(of: relayBytes, for: demands.map { min($0.bytes, bytesOfKey($0.meter)) })
    let packetShares = FairShare.shares(of: relayPackets, for: demands.map { min($0.packets, packetsOfKey($0.meter)) })
    // Meters without demand start with an equal part of the rest, so that new traffic does not wait for a tick.
    let bytesLeft = relayBytes - byteShares.reduce(0, +)
    let packetsLeft = relayPackets - packetShares.reduce(0, +)
    let asking = Int64(demands.count) + 1
    let (keyBytes, keyPackets) = (perTick(share.caps.keyBytesPerSecond), perTick(share.caps.keyPacketsPerSecond))
    // A share may be less than a packet: what a key could not use for one counts the next time.
    let carried = demands.map { min(Self.longestPacket, max(0, credit(of: $0.meter))) }
    for meter in 0..<capacity {
      grant(
        bytes: min(keyBytes, max(Self.longestPacket, bytesLeft / asking)),
        packets: min(keyPackets, max(1, packetsLeft / asking)), to: meter)
    }
    for (index, demand) in demands.enumerated() {
      grant(
        bytes: min(bytesOfKey(demand.meter), byteShares[index] + bytesLeft / asking) + carried[index],
        packets: min(packetsOfKey(demand.meter), packetShares[index] + packetsLeft / asking), to: demand.meter)
    }
  }

  /// Bytes of the longest packet that is usual.
  private static let longestPacket: Int64 = 1_500
}
