import CRelayCore

/// Bounded queue from one worker to the control thread.
///
/// Neither side waits for the other, and writing allocates nothing.
///
/// `@unchecked Sendable`: exactly one thread calls `push` and one calls `pop`. The two positions are atomic, and a slot
/// belongs to the side that the positions assign it to.
package final class EventRing: @unchecked Sendable {
  /// Bytes per slot: kind 4, length 4, leg 4, payload length 4, endpoint 24, counter 8, time 8, payload 148 → 208
  /// (rounded up).
  private static let stride = 208
  private static let payloadOffset = 56

  private let slots: UnsafeMutableRawPointer
  private let positions: UnsafeMutablePointer<UInt64>
  private let memory: UnsafeMutableRawPointer
  private let memoryBytes: Int
  private let mask: UInt64

  /// - Parameter capacity: Number of slots; a power of two.
  package init(capacity: Int = 8_192) {
    mask = UInt64(capacity - 1)
    // Each position has its own cache line, so that the two threads do not contend.
    memoryBytes = 128 + capacity * Self.stride
    memory = relay_map(memoryBytes)
    positions = memory.assumingMemoryBound(to: UInt64.self)
    slots = memory + 128
  }

  deinit { relay_unmap(memory, memoryBytes) }

  private var written: UnsafeMutablePointer<UInt64> { positions }
  private var taken: UnsafeMutablePointer<UInt64> { positions + 8 }

  /// Appends an event.
  ///
  /// - Parameter message: At most 148 bytes.
  /// - Returns: Whether the event was queued; false if the queue is full.
  @inline(__always)
  func push(
    _ kind: DataPathEvent.Kind, source: Endpoint, leg: LegID = 0, counter: UInt64 = 0, length: UInt32 = 0,
    message: UnsafeRawBufferPointer? = nil, at nanoseconds: UInt64
  ) -> Bool {
    let position = relay_load_relaxed_64(written)
    guard position &- relay_load_acquire_64(taken) <= mask else { return false }
    let slot = slots + Int(truncatingIfNeeded: position & mask) * Self.stride
    slot.storeBytes(of: kind.rawValue, as: UInt32.self)
    slot.storeBytes(of: length, toByteOffset: 4, as: UInt32.self)
    slot.storeBytes(of: leg, toByteOffset: 8, as: UInt32.self)
    let payload = min(message?.count ?? 0, WireGuard.Length.initiation)
    slot.storeBytes(of: UInt32(truncatingIfNeeded: payload), toByteOffset: 12, as: UInt32.self)
    slot.storeBytes(of: source, toByteOffset: 16, as: Endpoint.self)
    slot.storeBytes(of: counter, toByteOffset: 40, as: UInt64.self)
    slot.storeBytes(of: nanoseconds, toByteOffset: 48, as: UInt64.self)
    if let base = message?.baseAddress { (slot + Self.payloadOffset).copyMemory(from: base, byteCount: payload) }
    relay_store_release_64(written, position &+ 1)
    return true
  }

  /// Whether no event is waiting.
  package var isEmpty: Bool { relay_load_acquire_64(written) == relay_load_relaxed_64(taken) }

  /// Removes and returns the oldest event; nil if there is none.
  package func pop() -> DataPathEvent? {
    let position = relay_load_relaxed_64(taken)
    guard relay_load_acquire_64(written) != position else { return nil }
    let slot = slots + Int(truncatingIfNeeded: position & mask) * Self.stride
    let payload = Int(slot.load(fromByteOffset: 12, as: UInt32.self))
    let event = DataPathEvent(
      kind: DataPathEvent.Kind(rawValue: slot.load(as: UInt32.self)) ?? .handshake,
      source: slot.load(fromByteOffset: 16, as: Endpoint.self),
      message: Array(UnsafeRawBufferPointer(start: slot + Self.payloadOffset, count: payload)),
      leg: slot.load(fromByteOffset: 8, as: UInt32.self),
      counter: slot.load(fromByteOffset: 40, as: UInt64.self),
      length: slot.load(fromByteOffset: 4, as: UInt32.self),
      at: Instant(nanoseconds: slot.load(fromByteOffset: 48, as: UInt64.self)))
    relay_store_release_64(taken, position &+ 1)
    return event
  }
}
