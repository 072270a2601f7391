import CRelayCore

/// Data endpoints of the other members of the cluster, for workers to recognize.
///
/// `@unchecked Sendable`: all access to the shared memory uses the atomic operations of `CRelayCore`, and only the
/// control thread writes.
package final class MemberEndpoints: @unchecked Sendable {
  /// Endpoints at most: those of members, and further ways to them.
  static let capacity = 64
  private let words: UnsafeMutablePointer<UInt64>
  private let memory: UnsafeMutableRawPointer

  init() {
    memory = relay_map(Self.capacity * LegMemory.stride)
    words = memory.assumingMemoryBound(to: UInt64.self)
  }

  deinit { relay_unmap(memory, Self.capacity * LegMemory.stride) }

  private func place(_ number: Int) -> LegMemory { LegMemory(words + number * 8) }

  /// Returns whether an endpoint is a member's. Called by workers.
  func contains(_ endpoint: Endpoint) -> Bool {
    for number in 0..<Self.capacity {
      let stored = place(number).read().from
      if stored.isNone { return false }
      if stored == endpoint { return true }
    }
    return false
  }

  /// Replaces the endpoints. Called by the control thread.
  func set(_ endpoints: [Endpoint]) {
    for number in 0..<Self.capacity {
      let endpoint = number < endpoints.count ? endpoints[number] : .none
      place(number).write(Leg(receiverIndex: 0, from: endpoint, to: .none, flags: [], meter: 0))
    }
  }
}
