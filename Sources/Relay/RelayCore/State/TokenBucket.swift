/// Token bucket: limits the rate of events, and allows a burst after a pause. The caller passes in the time.
struct TokenBucket: Sendable {
  /// Thousandths of a token. It is negative if others have spent more than was left.
  private var level: Int64
  private var filledAt: Instant

  init(_ rate: RelayLimits.Rate, at now: Instant) {
    level = Int64(rate.burst) * 1_000
    filledAt = now
  }

  /// Takes `count` tokens, if there are enough.
  mutating func take(_ rate: RelayLimits.Rate, count: UInt64 = 1, at now: Instant) -> Bool {
    fill(rate, at: now)
    guard level >= Int64(clamping: count) * 1_000 else { return false }
    level -= Int64(clamping: count) * 1_000
    return true
  }

  /// Takes `count` tokens that were spent elsewhere, also if there are not enough: what is owed is at most a burst.
  mutating func charge(_ rate: RelayLimits.Rate, count: UInt64, at now: Instant) {
    fill(rate, at: now)
    let burst = Int64(rate.burst) * 1_000
    level = max(-burst, level - min(2 * burst, Int64(clamping: min(count, 1 << 40)) * 1_000))
  }

  private mutating func fill(_ rate: RelayLimits.Rate, at now: Instant) {
    let earned = earned(rate, at: now)
    guard earned > 0 else { return }
    level = min(level + earned, Int64(rate.burst) * 1_000)
    filledAt = now
  }

  private func earned(_ rate: RelayLimits.Rate, at now: Instant) -> Int64 {
    // An hour fills any bucket of this relay, and the limit keeps the product from overflowing.
    let elapsed = min(now.since(filledAt), 3_600_000_000_000)
    return Int64(elapsed / 1_000 * UInt64(rate.perSecond) / 1_000)
  }

  /// Returns whether the bucket is full again and so holds no information.
  func isFull(_ rate: RelayLimits.Rate, at now: Instant) -> Bool {
    level + earned(rate, at: now) >= Int64(rate.burst) * 1_000
  }
}
