/// A moment of a clock that never goes backwards. The core never reads a clock: whoever calls it says what time it is.
package struct Instant: Sendable, Hashable, Comparable {
  package let nanoseconds: UInt64

  package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }
  package init(seconds: UInt64) { nanoseconds = seconds * 1_000_000_000 }

  package static let start = Instant(nanoseconds: 0)

  /// The same moment in the data path's unit.
  package var milliseconds: UInt64 { nanoseconds / 1_000_000 }
  package var seconds: UInt64 { nanoseconds / 1_000_000_000 }

  package static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }

  package func advanced(seconds: UInt64) -> Instant { advanced(nanoseconds: seconds * 1_000_000_000) }
  package func advanced(milliseconds: UInt64) -> Instant { advanced(nanoseconds: milliseconds * 1_000_000) }
  package func advanced(nanoseconds more: UInt64) -> Instant {
    let (sum, overflow) = nanoseconds.addingReportingOverflow(more)
    return Instant(nanoseconds: overflow ? .max : sum)
  }

  /// Nanoseconds since `earlier`, 0 where that is later.
  package func since(_ earlier: Instant) -> UInt64 {
    nanoseconds > earlier.nanoseconds ? nanoseconds - earlier.nanoseconds : 0
  }
}
