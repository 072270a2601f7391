import CRelayCore

/// A leg in shared memory: 64 bytes, one cache line.
///
/// The control thread may write while workers read, so a sequence number (odd during a write) makes readers retry.
///
/// Words: 0 sequence and receiver index, 1–3 `to`, 4–6 `from`, 7 flags and meter.
struct LegMemory {
  /// Bytes per leg.
  static let stride = 64
  private let words: UnsafeMutablePointer<UInt64>

  @inline(__always)
  init(_ words: UnsafeMutablePointer<UInt64>) { self.words = words }

  @inline(__always)
  private var sequence: UnsafeMutablePointer<UInt32> {
    UnsafeMutableRawPointer(words).assumingMemoryBound(to: UInt32.self)
  }

  /// Returns a consistent copy of the leg.
  @inline(__always)
  func read() -> Leg {
    var spins = 0
    while true {
      let before = relay_load_acquire_32(sequence)
      if before & 1 == 0 {
        let leg = Leg(
          receiverIndex: relay_load_relaxed_32(sequence + 1),
          from: Endpoint(
            high: relay_load_relaxed_64(words + 4), low: relay_load_relaxed_64(words + 5),
            meta: relay_load_relaxed_64(words + 6)),
          to: Endpoint(
            high: relay_load_relaxed_64(words + 1), low: relay_load_relaxed_64(words + 2),
            meta: relay_load_relaxed_64(words + 3)),
          flags: Leg.Flags(rawValue: relay_load_relaxed_32(sequence + 14)),
          meter: relay_load_relaxed_32(sequence + 15))
        relay_fence_acquire()
        if relay_load_relaxed_32(sequence) == before { return leg }
      }
      spins += 1
      // The writer may have been preempted on this very processor.
      if spins % 64 == 0 { relay_yield() } else { relay_spin_hint() }
    }
  }

  /// Replaces the leg. Only the control thread writes.
  func write(_ leg: Leg) {
    let before = relay_load_relaxed_32(sequence)
    relay_store_relaxed_32(sequence, before &+ 1)
    relay_fence_release()
    relay_store_relaxed_32(sequence + 1, leg.receiverIndex)
    for (index, word) in [leg.to.high, leg.to.low, leg.to.meta, leg.from.high, leg.from.low, leg.from.meta].enumerated()
    {
      relay_store_relaxed_64(words + 1 + index, word)
    }
    relay_store_relaxed_32(sequence + 14, leg.flags.rawValue)
    relay_store_relaxed_32(sequence + 15, leg.meter)
    relay_store_release_32(sequence, before &+ 2)
  }
}
