import RelayCore
import CRelayCore
import CRelaySockets
import Glibc

/// Paths that recently refused UDP_SEGMENT. A small hash table whose entries expire, so that a path is tried again
/// after a minute.
struct SegmentationRefusals: ~Copyable {
  private static let places = 64
  private static let lifetime: UInt64 = 60_000_000_000
  private let entries: UnsafeMutablePointer<(to: Endpoint, until: UInt64)>
  /// Entries in use, including expired ones.
  private(set) var count = 0

  init() {
    entries = .allocate(capacity: Self.places)
    entries.initialize(repeating: (.none, 0), count: Self.places)
  }

  deinit { entries.deallocate() }

  private func place(_ to: Endpoint) -> Int {
    Int(truncatingIfNeeded: ((to.low ^ to.high ^ to.meta) &* 0x9E37_79B9_7F4A_7C15) >> 58)
  }

  /// Records that the path to an endpoint refused UDP_SEGMENT.
  mutating func add(_ to: Endpoint, at now: UInt64) {
    let place = place(to)
    if entries[place].until == 0 { count += 1 }
    entries[place] = (to, now &+ Self.lifetime)
  }

  /// Returns whether the path to an endpoint refused UDP_SEGMENT within the last minute.
  mutating func contains(_ to: Endpoint, at now: UInt64) -> Bool {
    let place = place(to)
    guard entries[place].until != 0 else { return false }
    if entries[place].until < now {
      entries[place] = (.none, 0)
      count -= 1
      return false
    }
    return entries[place].to == to
  }
}
