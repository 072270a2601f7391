/// Counters of a sender's messages that have been received, so that each message counts once (the algorithm of
/// RFC 6479).
struct ReplayWindow {
  /// Counters that may arrive late.
  static let size: UInt64 = 1_984
  private static let words = 32

  private var highest: UInt64 = 0
  private var isEmpty = true
  private var bits = [UInt64](repeating: 0, count: words)

  /// Records a counter.
  ///
  /// - Returns: Whether it is new; false if it was recorded before, or is older than the window.
  mutating func accept(_ counter: UInt64) -> Bool {
    if !isEmpty, counter <= highest, highest - counter >= Self.size { return false }
    let word = counter / 64
    if isEmpty || counter > highest {
      let previous = isEmpty ? 0 : highest / 64
      // Words that the window has passed over are used again.
      for step in 0..<min(word - previous, UInt64(Self.words)) where !isEmpty || step == 0 {
        bits[Int((previous + 1 + step) % UInt64(Self.words))] = 0
      }
      if isEmpty { bits = [UInt64](repeating: 0, count: Self.words) }
      highest = counter
      isEmpty = false
    }
    let place = Int(word % UInt64(Self.words))
    let mask: UInt64 = 1 << (counter % 64)
    guard bits[place] & mask == 0 else { return false }
    bits[place] |= mask
    return true
  }
}
