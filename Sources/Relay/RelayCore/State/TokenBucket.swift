/// Token bucket: limits the rate of events, and allows a burst after a pause. The caller passes in the time.
struct TokenBucket: Sendable {
  /// Thousandths of a token.
  private var level: UInt64
  private var filledAt: Instant

  init(_ rate: RelayLimits.Rate, at now: Instant) {
    level = UInt64(rate.burst) * 1_000
    filledAt = now
  }

  /// Takes `count` tokens, if there are enough.
  mutating func take(_ rate: RelayLimits.Rate, count: UInt64 = 1, at now: Instant) -> Bool {
    // An hour fills any bucket of this relay, and the limit keeps the product from overflowing.
    let elapsed = min(now.since(filledAt), 3_600_000_000_000)
    let earned = elapsed / 1_000 * UInt64(rate.perSecond) / 1_000
    if earned > 0 {
      level = min(level + earned, UInt64(rate.burst) * 1_000)
      filledAt = now
    }
    guard level >= count * 1_000 else { return false }
    level -= count * 1_000
    return true
  }

  /// Returns whether the bucket is full again and so holds no information.
  func isFull(_ rate: RelayLimits.Rate, at now: Instant) -> Bool {
    let elapsed = min(now.since(filledAt), 3_600_000_000_000)
    return level + elapsed / 1_000 * UInt64(rate.perSecond) / 1_000 >= UInt64(rate.burst) * 1_000
  }
}
