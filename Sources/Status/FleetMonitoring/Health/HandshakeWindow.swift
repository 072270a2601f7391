import RelayWire

/// Handshakes of the last five minutes, in 30 buckets of ten seconds.
///
/// Its size is fixed, however often a relay is polled.
struct HandshakeWindow: Sendable, Equatable {
  /// Length of the window in seconds.
  static let length = 300.0
  private static let width = 10.0
  private static let buckets = 30

  private struct Bucket: Sendable, Equatable {
    var initiated: UInt32 = 0
    var completed: UInt32 = 0
  }

  private var ring = Array(repeating: Bucket(), count: buckets)
  /// Number of the newest bucket, counted from 1970.
  private var newest: Int?

  /// Adds the handshakes counted up to `time`, in seconds since 1970.
  ///
  /// If the clock was set back, the window moves with it.
  mutating func add(_ count: HandshakeCount, at time: Double) {
    let number = Int(clamping: time / Self.width)
    if let newest, number > newest {
      for passed in 1...min(number - newest, Self.buckets) { ring[Self.slot(newest + passed)] = Bucket() }
    } else if let newest, number < newest {
      // Buckets keep their age and are renumbered.
      let old = ring
      for age in 0..<Self.buckets { ring[Self.slot(number - age)] = old[Self.slot(newest - age)] }
    }
    newest = number
    let slot = Self.slot(number)
    ring[slot].initiated = Self.sum(ring[slot].initiated, count.initiated)
    ring[slot].completed = Self.sum(ring[slot].completed, count.completed)
  }

  /// Sum over the window.
  var count: HandshakeCount {
    ring.reduce(into: HandshakeCount()) {
      $0.initiated += UInt64($1.initiated)
      $0.completed += UInt64($1.completed)
    }
  }

  private static func slot(_ number: Int) -> Int {
    let rest = number % buckets
    return rest < 0 ? rest + buckets : rest
  }

  private static func sum(_ bucket: UInt32, _ count: UInt64) -> UInt32 {
    UInt32(clamping: UInt64(bucket).saturatingSum(count))
  }
}

extension Int {
  /// Creates the integer part of a number, clamped to ±2^62; zero for NaN.
  init(clamping number: Double) {
    self = number.isNaN ? 0 : number >= 0x1p62 ? 1 << 62 : number <= -0x1p62 ? -(1 << 62) : Int(number.rounded(.down))
  }
}
