import CRelayCore

/// Data path settings that change while packets flow. The control thread writes them; workers read them once per batch.
///
/// `@unchecked Sendable`: every access is atomic.
package final class DataPathSwitches: @unchecked Sendable {
  private let words: UnsafeMutablePointer<UInt32>
  private let memory: UnsafeMutableRawPointer

  /// Creates the switches with segmentation on, everything else off.
  package init() {
    memory = relay_map(64)
    words = memory.assumingMemoryBound(to: UInt32.self)
    segmentation = true
  }

  deinit { relay_unmap(memory, 64) }

  /// Whether datagrams are coalesced for sending (`UDP_SEGMENT`).
  package var segmentation: Bool {
    get { relay_load_relaxed_32(words) != 0 }
    set { relay_store_relaxed_32(words, newValue ? 1 : 0) }
  }

  /// Whether only handshakes may move a return path.
  package var strictRoaming: Bool {
    get { relay_load_relaxed_32(words + 1) != 0 }
    set { relay_store_relaxed_32(words + 1, newValue ? 1 : 0) }
  }

  /// Whether packets spend credit from `Meters`.
  package var metered: Bool {
    get { relay_load_relaxed_32(words + 2) != 0 }
    set { relay_store_relaxed_32(words + 2, newValue ? 1 : 0) }
  }

  /// Whether the process belongs to a cluster, whose members may greet.
  package var isMember: Bool {
    get { relay_load_relaxed_32(words + 3) != 0 }
    set { relay_store_relaxed_32(words + 3, newValue ? 1 : 0) }
  }
}
