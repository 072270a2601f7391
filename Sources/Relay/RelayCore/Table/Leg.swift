import CRelayCore

/// One direction of a session: packets with `receiverIndex` from `from` go to `to`.
package struct Leg: Equatable {
  /// Index that the packets carry; the receiving peer chose it.
  package var receiverIndex: UInt32
  /// Where the packets come from.
  package var from: Endpoint
  /// Where the packets go.
  package var to: Endpoint
  /// State of the leg.
  package var flags: Flags
  /// Number of the meter that the packets spend credit from.
  package var meter: UInt32

  /// State of a leg.
  package struct Flags: OptionSet, Sendable {
    /// The bits.
    package let rawValue: UInt32
    /// Creates flags from bits.
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The leg is in use.
    package static let live = Flags(rawValue: 1)
    /// The leg leads from initiator to responder; the other leg of the session leads back.
    package static let towardResponder = Flags(rawValue: 2)
    /// The initiator has used the responder's index.
    package static let confirmed = Flags(rawValue: 4)
    /// Packets also go to a companion address, which may be the peer's new one, as far as its credit allows.
    package static let companion = Flags(rawValue: 8)
    /// Other sessions have the same index and source, by chance or by intent. Packets go to all of them, because only
    /// the ends can tell which session a packet belongs to.
    package static let shared = Flags(rawValue: 16)

    /// Flags that survive in a snapshot.
    static let kept: Flags = [.live, .towardResponder, .confirmed, .shared]
  }
}

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

/// Activity of a leg: 64 bytes that workers write and the control thread reads.
///
/// Several workers rarely serve one leg (only while its source moves). In that case a count may be lost, but never a
/// packet.
struct LegActivity {
  /// Bytes per leg.
  static let stride = 64
  private let words: UnsafeMutablePointer<UInt64>

  @inline(__always)
  init(_ words: UnsafeMutablePointer<UInt64>) { self.words = words }

  /// Packets forwarded.
  @inline(__always)
  var packets: UInt64 { relay_load_relaxed_64(words) }
  /// Bytes forwarded.
  @inline(__always)
  var bytes: UInt64 { relay_load_relaxed_64(words + 1) }
  /// The highest counter received from the leg's own source.
  @inline(__always)
  var highestCounter: UInt64 { relay_load_relaxed_64(words + 2) }
  /// Time of the last packet, in milliseconds of the relay's clock.
  @inline(__always)
  var lastSeen: UInt64 { relay_load_relaxed_64(words + 3) }
  /// When a worker saw the session confirmed, in nanoseconds of the relay's clock; 0 before that.
  @inline(__always)
  var confirmedAt: UInt64 { relay_load_acquire_64(words + 4) }

  /// When the highest counter last rose, in milliseconds of the relay's clock. A late or repeated packet is not a sign
  /// of life.
  @inline(__always)
  var freshAt: UInt64 { relay_load_relaxed_64(words + 5) }

  /// Sets `freshAt`.
  func noteFresh(at now: UInt64) { relay_store_relaxed_64(words + 5, now) }

  /// Returns whether no new packet has arrived for half a second. Only then does a candidate for the peer's new address
  /// get copies.
  @inline(__always)
  func isSilent(at now: UInt64) -> Bool { now >= freshAt &+ 500 }

  /// Counts packets, and raises the highest counter if `highest` exceeds it.
  @inline(__always)
  func count(packets morePackets: UInt64, bytes moreBytes: UInt64, highest: UInt64, now: UInt64) {
    relay_store_relaxed_64(words, packets &+ morePackets)
    relay_store_relaxed_64(words + 1, bytes &+ moreBytes)
    if highest > highestCounter {
      relay_store_relaxed_64(words + 2, highest)
      relay_store_relaxed_64(words + 5, now)
    }
    relay_store_relaxed_64(words + 3, now)
  }

  /// Marks the session as confirmed.
  @inline(__always)
  func confirm(at nanoseconds: UInt64) { relay_store_release_64(words + 4, max(1, nanoseconds)) }

  private var credit: UnsafeMutablePointer<Int64> {
    UnsafeMutableRawPointer(words + 6).assumingMemoryBound(to: Int64.self)
  }

  /// Bytes that the leg's companion address may still get.
  var companionCredit: Int64 {
    get { relay_load_relaxed_i64(credit) }
    nonmutating set { relay_store_relaxed_i64(credit, newValue) }
  }

  /// Spends `bytes` of the companion's credit.
  ///
  /// - Returns: False if there is not enough.
  @inline(__always)
  func takeCredit(_ bytes: Int64) -> Bool {
    if relay_add_relaxed_i64(credit, -bytes) >= 0 { return true }
    _ = relay_add_relaxed_i64(credit, bytes)
    return false
  }

  /// Adds to the companion's credit.
  func addCredit(_ bytes: Int64) { _ = relay_add_relaxed_i64(credit, bytes) }

  /// Resets the activity of a new or restored leg; the session counts as unconfirmed.
  func reset(packets: UInt64 = 0, bytes: UInt64 = 0, highestCounter: UInt64 = 0, lastSeen: UInt64 = 0) {
    relay_store_relaxed_64(words, packets)
    relay_store_relaxed_64(words + 1, bytes)
    relay_store_relaxed_64(words + 2, highestCounter)
    relay_store_relaxed_64(words + 3, lastSeen)
    relay_store_relaxed_64(words + 5, lastSeen)
    relay_store_relaxed_64(words + 6, 0)
    relay_store_release_64(words + 4, 0)
  }
}
