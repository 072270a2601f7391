/// Lets so many things happen a second, and a burst after a rest. Time comes from the caller.
struct TokenBucket: Sendable {
  /// Thousandths of tokens.
  private var level: UInt64
  private var filledAt: Instant

  init(_ rate: RelayLimits.Rate, at now: Instant) {
    level = UInt64(rate.burst) * 1_000
    filledAt = now
  }

  /// Takes `count` tokens if they are there.
  mutating func take(_ rate: RelayLimits.Rate, count: UInt64 = 1, at now: Instant) -> Bool {
    // A second's wait at least fills any bucket that this program makes by its rate; more time than an hour adds nothing.
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

  /// Whether it has nothing to remember any more.
  func isFull(_ rate: RelayLimits.Rate, at now: Instant) -> Bool {
    let elapsed = min(now.since(filledAt), 3_600_000_000_000)
    return level + elapsed / 1_000 * UInt64(rate.perSecond) / 1_000 >= UInt64(rate.burst) * 1_000
  }
}
