/// A point in time on a monotonic clock. The core never reads a clock: callers pass in the time.
package struct Instant: Sendable, Hashable, Comparable {
  /// Nanoseconds since the clock's origin.
  package let nanoseconds: UInt64

  /// Creates an instant from nanoseconds.
  package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }
  /// Creates an instant from seconds.
  package init(seconds: UInt64) { nanoseconds = seconds * 1_000_000_000 }

  /// Origin of the clock.
  package static let start = Instant(nanoseconds: 0)

  /// The instant in milliseconds, the data path's unit.
  package var milliseconds: UInt64 { nanoseconds / 1_000_000 }
  /// The instant in seconds.
  package var seconds: UInt64 { nanoseconds / 1_000_000_000 }

  package static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }

  /// Returns the instant `seconds` later.
  package func advanced(seconds: UInt64) -> Instant { advanced(nanoseconds: seconds * 1_000_000_000) }
  /// Returns the instant `milliseconds` later.
  package func advanced(milliseconds: UInt64) -> Instant { advanced(nanoseconds: milliseconds * 1_000_000) }
  /// Returns the instant `more` nanoseconds later, or the latest one that can be represented.
  package func advanced(nanoseconds more: UInt64) -> Instant {
    let (sum, overflow) = nanoseconds.addingReportingOverflow(more)
    return Instant(nanoseconds: overflow ? .max : sum)
  }

  /// Returns the nanoseconds since `earlier`; 0 if that is later.
  package func since(_ earlier: Instant) -> UInt64 {
    nanoseconds > earlier.nanoseconds ? nanoseconds - earlier.nanoseconds : 0
  }
}
