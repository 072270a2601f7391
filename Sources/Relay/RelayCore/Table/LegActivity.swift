import CRelayCore

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
  /// All that was forwarded.
  var volume: Volume { Volume(packets: packets, bytes: bytes) }
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

  /// Raises the highest counter to one that another member received.
  func raise(highest: UInt64) {
    if highest > highestCounter { relay_store_relaxed_64(words + 2, highest) }
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
