import CRelayCore
import CRelaySockets
import Glibc

/// Doorbell that wakes the control thread. Ringing costs a system call only while that thread sleeps.
///
/// `@unchecked Sendable`: the flag is accessed atomically, and the descriptor never changes.
final class Doorbell: @unchecked Sendable {
  private let asleep: UnsafeMutablePointer<UInt32>
  private let bell: Int32

  init() {
    asleep = .allocate(capacity: 1)
    asleep.initialize(to: 0)
    bell = relay_bell_create()
  }

  deinit {
    close(bell)
    asleep.deallocate()
  }

  /// Wakes the waiting thread, if it sleeps.
  func ring() {
    relay_fence_full()
    if relay_load_relaxed_32(asleep) != 0 { relay_bell_ring(bell) }
  }

  /// Sleeps until the bell rings or the time is up, unless `hasWork` already returns true.
  func wait(milliseconds: Int32, unless hasWork: () -> Bool) {
    relay_store_relaxed_32(asleep, 1)
    relay_fence_full()
    if !hasWork() { relay_bell_wait(bell, milliseconds) }
    relay_store_relaxed_32(asleep, 0)
  }
}
