import CRelayCore

/// Number of a session; its legs are `2 * id` and `2 * id + 1`.
package typealias SessionID = UInt32
/// Number of a leg.
package typealias LegID = UInt32

extension LegID {
  /// The leg of the same session in the other direction.
  @inline(__always)
  package var opposite: LegID { self ^ 1 }
  /// The session of the leg.
  @inline(__always)
  package var session: SessionID { self >> 1 }
}

/// Table that finds the leg for a packet.
///
/// One thread writes, and any number of threads read without locks. All memory is mapped at the start.
///
/// An open-addressing hash table of 8-byte slots (receiver index, leg) points to legs of 64 bytes each. A slot is one
/// atomic word and a leg has a sequence number, so that a reader sees either the old or the new state. The hash is
/// keyed with a secret, because peers choose the indices.
///
/// `@unchecked Sendable`: all access to the shared memory uses the atomic operations of `CRelayCore`, only the control
/// thread writes, and every reader holds a reference to the table, so the memory outlives it.
package final class SessionTable: @unchecked Sendable {
  /// Maximum number of sessions.
  package let capacity: Int
  /// Data endpoints of the other members of the cluster.
  let members = MemberEndpoints()
  /// Maximum number of legs with the same receiver index.
  package static let legsPerIndex = 64
  /// Maximum number of slots that a look-up reads. At most two fifths of the slots are in use, so a chain this long
  /// does not occur in practice.
  private static let maxProbeLength = 512

  private let slots: UnsafeMutablePointer<UInt64>
  private let slotMask: Int
  private let hashShift: UInt64
  private let secret: (UInt64, UInt64)
  private let legWords: UnsafeMutablePointer<UInt64>
  private let activityWords: UnsafeMutablePointer<UInt64>
  private let companionWords: UnsafeMutablePointer<UInt64>
  private let memory: UnsafeMutableRawPointer
  private let memoryBytes: Int

  private static let removed: UInt64 = 0xFFFF_FFFF

  /// Creates an empty table.
  ///
  /// - Parameters:
  ///   - capacity: Number of sessions, clamped to 1...4,000,000.
  ///   - secret: Two random numbers that key the hash.
  package init(capacity: Int, secret: (UInt64, UInt64)) {
    self.capacity = min(max(capacity, 1), 4_000_000)
    var slotCount = 64
    while slotCount < self.capacity * 5 { slotCount *= 2 }
    slotMask = slotCount - 1
    hashShift = UInt64(64 - slotCount.trailingZeroBitCount)
    self.secret = (secret.0, secret.1 | 1)
    let legs = self.capacity * 2
    memoryBytes = slotCount * 8 + legs * (2 * LegMemory.stride + LegActivity.stride)
    memory = relay_map(memoryBytes)
    slots = memory.assumingMemoryBound(to: UInt64.self)
    legWords = (memory + slotCount * 8).assumingMemoryBound(to: UInt64.self)
    activityWords = (memory + slotCount * 8 + legs * LegMemory.stride).assumingMemoryBound(to: UInt64.self)
    companionWords =
      (memory + slotCount * 8 + legs * (LegMemory.stride + LegActivity.stride)).assumingMemoryBound(to: UInt64.self)
  }

  deinit { relay_unmap(memory, memoryBytes) }

  @inline(__always)
  private func firstSlot(_ index: UInt32) -> Int {
    var mixed = (UInt64(index) ^ secret.0) &* secret.1
    mixed ^= mixed >> 29
    return Int(truncatingIfNeeded: (mixed &* 0x9E37_79B9_7F4A_7C15) >> hashShift)
  }

  /// Memory of a leg.
  @inline(__always)
  func memory(of leg: LegID) -> LegMemory { LegMemory(legWords + Int(leg) * 8) }

  /// Activity of a leg.
  @inline(__always)
  func activity(of leg: LegID) -> LegActivity { LegActivity(activityWords + Int(leg) * 8) }

  /// The other addresses of a leg whose ends have moved: `from` is the earlier source of its packets, and `to` a second
  /// destination. Separate memory, because few legs ever use it.
  @inline(__always)
  func companion(of leg: LegID) -> LegMemory { LegMemory(companionWords + Int(leg) * 8) }

  /// Result of looking up a packet's receiver index.
  enum Match {
    /// No live leg has the index.
    case none
    /// The packet comes from the leg's source.
    case leg(LegID, Leg)
    /// The only leg with this index, but the packet comes from elsewhere.
    case moved(LegID, Leg)
    /// Several legs have this index, and the packet comes from none of their sources.
    case ambiguous
  }

  /// Looks up the leg for a packet. Called by workers.
  @inline(__always)
  func find(_ index: UInt32, from source: Endpoint) -> Match {
    var slot = firstSlot(index)
    var unconfirmed: (LegID, Leg)?
    var elsewhere: (LegID, Leg)?
    var elsewhereCount = 0
    for _ in 0..<Self.maxProbeLength {
      let word = relay_load_acquire_64(slots + slot)
      if word == 0 { break }
      if UInt32(truncatingIfNeeded: word >> 32) == index, word & 0xFFFF_FFFF != Self.removed {
        let id = LegID(truncatingIfNeeded: word) &- 1
        let leg = memory(of: id).read()
        if leg.receiverIndex == index, leg.flags.contains(.live) {
          if leg.from == source {
            if leg.flags.contains(.confirmed) { return .leg(id, leg) }
            unconfirmed = (id, leg)
          } else {
            elsewhere = (id, leg)
            elsewhereCount += 1
          }
        }
      }
      slot = (slot + 1) & slotMask
    }
    if let unconfirmed { return .leg(unconfirmed.0, unconfirmed.1) }
    guard let elsewhere else { return .none }
    return elsewhereCount == 1 ? .moved(elsewhere.0, elsewhere.1) : .ambiguous
  }

  /// Maximum number of copies of a packet whose index and source are shared by several sessions.
  static let maxCopies = 4

  /// Calls `body` for every confirmed leg with this index and source, at most `maxCopies` times and once per
  /// destination.
  @inline(__always)
  func forEachShared(_ index: UInt32, from source: Endpoint, _ body: (LegID, Leg) -> Void) {
    var slot = firstSlot(index)
    var copies = 0
    var served = (Endpoint.none, Endpoint.none, Endpoint.none)
    for _ in 0..<Self.maxProbeLength where copies < Self.maxCopies {
      let word = relay_load_acquire_64(slots + slot)
      if word == 0 { break }
      if UInt32(truncatingIfNeeded: word >> 32) == index, word & 0xFFFF_FFFF != Self.removed {
        let id = LegID(truncatingIfNeeded: word) &- 1
        let leg = memory(of: id).read()
        let isConfirmed = leg.flags.contains(.confirmed) || activity(of: id & ~1).confirmedAt != 0
        let isServed = leg.to == served.0 || leg.to == served.1 || leg.to == served.2
        if leg.receiverIndex == index, leg.from == source, leg.flags.contains(.live), isConfirmed, !isServed {
          served = (leg.to, served.0, served.1)
          copies += 1
          body(id, leg)
        }
      }
      slot = (slot + 1) & slotMask
    }
  }

  // Writing, by the control thread only.

  /// Returns the legs with this index.
  func legs(with index: UInt32) -> [LegID] {
    var found: [LegID] = []
    var slot = firstSlot(index)
    for _ in 0..<Self.maxProbeLength {
      let word = relay_load_relaxed_64(slots + slot)
      if word == 0 { break }
      if UInt32(truncatingIfNeeded: word >> 32) == index, word & 0xFFFF_FFFF != Self.removed {
        found.append(LegID(truncatingIfNeeded: word) &- 1)
      }
      slot = (slot + 1) & slotMask
    }
    return found
  }

  /// Adds a leg, whose number must be unused.
  ///
  /// - Returns: False if there is no room for its index.
  func insert(_ id: LegID, _ leg: Leg) -> Bool {
    guard legs(with: leg.receiverIndex).count < Self.legsPerIndex else { return false }
    var slot = firstSlot(leg.receiverIndex)
    for _ in 0..<Self.maxProbeLength {
      let word = relay_load_relaxed_64(slots + slot)
      if word == 0 || word & 0xFFFF_FFFF == Self.removed {
        activity(of: id).reset()
        memory(of: id).write(leg)
        relay_store_release_64(slots + slot, UInt64(leg.receiverIndex) << 32 | UInt64(id + 1))
        return true
      }
      slot = (slot + 1) & slotMask
    }
    return false
  }

  /// Changes a leg in the table; its index must stay the same.
  func update(_ id: LegID, _ change: (inout Leg) -> Void) {
    let memory = memory(of: id)
    var leg = memory.read()
    change(&leg)
    memory.write(leg)
  }

  /// Changes the other addresses of a leg.
  func updateCompanion(_ id: LegID, _ change: (inout Leg) -> Void) {
    let memory = companion(of: id)
    var leg = memory.read()
    change(&leg)
    memory.write(leg)
  }

  /// Removes a leg.
  func remove(_ id: LegID) {
    let memory = memory(of: id)
    var leg = memory.read()
    var slot = firstSlot(leg.receiverIndex)
    let wanted = UInt64(leg.receiverIndex) << 32 | UInt64(id + 1)
    leg.flags = []
    memory.write(leg)
    for _ in 0..<Self.maxProbeLength {
      let word = relay_load_relaxed_64(slots + slot)
      if word == 0 { return }
      if word == wanted { break }
      slot = (slot + 1) & slotMask
    }
    guard relay_load_relaxed_64(slots + slot) == wanted else { return }
    // A removed slot keeps the chain behind it reachable. If nothing follows, it and the removed slots before it become
    // empty.
    relay_store_release_64(slots + slot, Self.removed)
    guard relay_load_relaxed_64(slots + ((slot + 1) & slotMask)) == 0 else { return }
    while relay_load_relaxed_64(slots + slot) & 0xFFFF_FFFF == Self.removed {
      relay_store_release_64(slots + slot, 0)
      slot = (slot + slotMask) & slotMask
    }
  }

  /// Mapped memory in bytes, whether touched or not.
  package var size: Int { memoryBytes }
}
