import CRelayCore

/// Counters of one worker, which alone adds to them; any thread may read.
///
/// `@unchecked Sendable`: every access is atomic, and only one thread writes.
package final class CounterBlock: @unchecked Sendable {
  /// Upper bounds of the batch occupancy histogram, in messages.
  package static let occupancyBounds: [UInt64] = [1, 2, 4, 8, 16, 32, 64]

  private let words: UnsafeMutablePointer<UInt64>
  private static let dropBase = Counter.allCases.count
  private static let occupancyBase = dropBase + DropReason.allCases.count
  private static let count = (occupancyBase + occupancyBounds.count + 7) / 8 * 8
  private let memory: UnsafeMutableRawPointer

  /// Creates counters with value 0.
  package init() {
    memory = relay_map(Self.count * 8)
    words = memory.assumingMemoryBound(to: UInt64.self)
  }

  deinit { relay_unmap(memory, Self.count * 8) }

  @inline(__always)
  private func add(_ amount: UInt64, at index: Int) {
    relay_store_relaxed_64(words + index, relay_load_relaxed_64(words + index) &+ amount)
  }

  /// Adds to a counter.
  @inline(__always)
  package func add(_ counter: Counter, _ amount: UInt64 = 1) { add(amount, at: counter.rawValue) }

  /// Counts dropped packets.
  @inline(__always)
  package func drop(_ reason: DropReason, _ amount: UInt64 = 1) { add(amount, at: Self.dropBase + reason.rawValue) }

  /// Counts a batch of `messages` in the occupancy histogram.
  @inline(__always)
  package func occupancy(_ messages: Int) {
    let bucket = messages <= 1 ? 0 : Int.bitWidth - (messages - 1).leadingZeroBitCount
    add(1, at: Self.occupancyBase + min(bucket, 6))
  }

  /// Value of a counter.
  package subscript(counter: Counter) -> UInt64 { relay_load_relaxed_64(words + counter.rawValue) }
  /// Number of packets dropped for a reason.
  package subscript(reason: DropReason) -> UInt64 { relay_load_relaxed_64(words + Self.dropBase + reason.rawValue) }
  /// Returns the number of batches with at most `occupancyBounds[index]` messages and more than the previous bound.
  package func occupancy(bucket index: Int) -> UInt64 { relay_load_relaxed_64(words + Self.occupancyBase + index) }
}
