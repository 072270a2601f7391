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

  /// Returns and resets the demand since the last call, for each meter that had any.
  func takeDemands() -> [(meter: Int, bytes: Int64, packets: Int64)] {
    (0..<capacity).compactMap { meter in
      let place = words + meter * Self.wordsPerKey
      let bytes = relay_load_relaxed_i64(place + 2)
      let packets = relay_load_relaxed_i64(place + 3)
      guard packets != 0 else { return nil }
      _ = relay_add_relaxed_i64(place + 2, -bytes)
      _ = relay_add_relaxed_i64(place + 3, -packets)
      return (meter, bytes, packets)
    }
  }

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
  ///   - caps: The caps in force.
  ///   - ticksPerSecond: How often this is called.
  package func tick(_ caps: Caps, ticksPerSecond: UInt64) {
    let demands = takeDemands()
    func perTick(_ perSecond: UInt64?) -> Int64? {
      perSecond.map { Int64(clamping: max(1, $0 / ticksPerSecond)) }
    }
    let unlimited = Int64.max / 4
    let keyBytes = perTick(caps.keyBitsPerSecond.map { $0 / 8 }) ?? unlimited
    let keyPackets = perTick(caps.keyPacketsPerSecond) ?? unlimited
    let relayBytes = perTick(caps.relayBitsPerSecond.map { $0 / 8 }) ?? unlimited
    let relayPackets = perTick(caps.relayPacketsPerSecond) ?? unlimited
    let byteShares = FairShare.shares(of: relayBytes, for: demands.map { min($0.bytes, keyBytes) })
    let packetShares = FairShare.shares(of: relayPackets, for: demands.map { min($0.packets, keyPackets) })
    // Meters without demand start with an equal part of the rest, so that new traffic does not wait for a tick.
    let bytesLeft = relayBytes - byteShares.reduce(0, +)
    let packetsLeft = relayPackets - packetShares.reduce(0, +)
    let asking = Int64(demands.count) + 1
    for meter in 0..<capacity {
      grant(
        bytes: min(keyBytes, max(1_500, bytesLeft / asking)), packets: min(keyPackets, max(1, packetsLeft / asking)),
        to: meter)
    }
    for (index, demand) in demands.enumerated() {
      grant(
        bytes: min(keyBytes, byteShares[index] + bytesLeft / asking),
        packets: min(keyPackets, packetShares[index] + packetsLeft / asking), to: demand.meter)
    }
  }
}
