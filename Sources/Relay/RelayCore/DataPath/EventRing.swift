import CRelayCore

/// What a worker tells the slow path: a handshake message, or something that it saw on a leg.
package struct DataPathEvent: Sendable {
  package enum Kind: UInt32, Sendable {
    case handshake = 1
    /// A session's initiator used the responder's index for the first time.
    case confirmed = 2
    /// Data came for a leg from another address than the leg's, with a counter above all before.
    case moved = 3
    /// Data came from the address before the last move, and others are newer.
    case late = 4
  }

  package var kind: Kind
  package var source: Endpoint
  /// Of a handshake; empty otherwise.
  package var message: [UInt8]
  package var leg: LegID
  package var counter: UInt64
  /// Bytes of the packet; of a handshake, DSCP and ECN.
  package var length: UInt32
  package var at: Instant
}

/// A bounded queue from one worker to the control thread; neither waits for the other, and nothing is allocated when
/// the worker writes.
///
/// `@unchecked Sendable`: exactly one thread calls `push…` and one calls `pop`; the two positions are atomic, and a slot
/// belongs to the side that the positions give it to.
package final class EventRing: @unchecked Sendable {
  /// Bytes of a slot: kind 4, length 4, leg 4, payload length 4, endpoint 24, counter 8, time 8, payload 148 → 208.
  private static let stride = 208
  private static let payloadOffset = 56

  private let slots: UnsafeMutableRawPointer
  private let positions: UnsafeMutablePointer<UInt64>
  private let memory: UnsafeMutableRawPointer
  private let memoryBytes: Int
  private let mask: UInt64

  /// - Parameter capacity: a power of two.
  package init(capacity: Int = 8_192) {
    mask = UInt64(capacity - 1)
    // The two positions have a cache line each.
    memoryBytes = 128 + capacity * Self.stride
    memory = relay_map(memoryBytes)
    positions = memory.assumingMemoryBound(to: UInt64.self)
    slots = memory + 128
  }

  deinit { relay_unmap(memory, memoryBytes) }

  private var written: UnsafeMutablePointer<UInt64> { positions }
  private var taken: UnsafeMutablePointer<UInt64> { positions + 8 }

  /// - Parameter message: at most 148 bytes.
  /// - Returns: False where the queue is full.
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

  package var isEmpty: Bool { relay_load_acquire_64(written) == relay_load_relaxed_64(taken) }

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
