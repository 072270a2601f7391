import KeyBundles

/// Counts refused logins and says how long the next one has to wait. Its memory is the same for one name and for a
/// million: a table of fixed size, in whose rows the least recent entry makes room.
///
/// Names (an address, a user) are kept as keyed digests only, so that the file in which the table survives a restart
/// tells nobody who tried.
package struct LoginThrottle: Sendable {
  /// Refusals that cost nothing yet: people mistype.
  package static let freeRefusals = 5
  /// Seconds of the first pause; it doubles with each further refusal.
  package static let firstPause: Int64 = 2
  /// Seconds of the longest pause.
  package static let longestPause: Int64 = 900
  /// Seconds after which refusals are forgotten.
  package static let memory: Int64 = 3_600

  static let rows = 4_096
  static let columns = 4

  struct Entry: Sendable, Equatable {
    var digest: UInt64 = 0
    var refusals: UInt32 = 0
    /// Seconds since 1970 of the last refusal; 0 for an empty place.
    var last: Int64 = 0
  }

  let secret: [UInt8]
  var entries: [Entry]

  /// - Parameter secret: at least 16 random bytes, kept with the table.
  package init(secret: [UInt8]) {
    self.secret = secret
    entries = [Entry](repeating: Entry(), count: Self.rows * Self.columns)
  }

  /// Seconds that somebody has to wait before another try is looked at; 0 where none.
  package func wait(_ name: String, now: Int64) -> Int64 {
    guard let index = index(of: digest(name), now: now) else { return 0 }
    let entry = entries[index]
    guard entry.refusals >= Self.freeRefusals else { return 0 }
    let doublings = min(Int64(entry.refusals) - Int64(Self.freeRefusals), 20)
    let pause = min(Self.longestPause, Self.firstPause << doublings)
    // A clock that was set back must not lock anybody out for longer than the pause.
    let elapsed = max(0, now - entry.last)
    return max(0, pause - elapsed)
  }

  package mutating func noteRefusal(_ name: String, now: Int64) {
    let digest = digest(name)
    if let index = index(of: digest, now: now) {
      entries[index].refusals &+= entries[index].refusals == .max ? 0 : 1
      entries[index].last = now
      return
    }
    let row = row(of: digest)
    // Whoever waits longest is forgotten last: an attacker with many names must not wash out one with many refusals.
    let place = row.min { left, right in
      let (a, b) = (entries[left], entries[right])
      let (isOldA, isOldB) = (isForgotten(a, now), isForgotten(b, now))
      if isOldA != isOldB { return isOldA }
      return (a.refusals, a.last) < (b.refusals, b.last)
    }
    if let place { entries[place] = Entry(digest: digest, refusals: 1, last: now) }
  }

  package mutating func noteSuccess(_ name: String, now: Int64) {
    if let index = index(of: digest(name), now: now) { entries[index] = Entry() }
  }

  private func isForgotten(_ entry: Entry, _ now: Int64) -> Bool { entry.last == 0 || now - entry.last > Self.memory }

  private func row(of digest: UInt64) -> Range<Int> {
    let start = Int(digest % UInt64(Self.rows)) * Self.columns
    return start..<start + Self.columns
  }

  private func index(of digest: UInt64, now: Int64) -> Int? {
    row(of: digest).first { entries[$0].digest == digest && !isForgotten(entries[$0], now) }
  }

  private func digest(_ name: String) -> UInt64 {
    // SHA-256 fails only where OpenSSL has none; then every name shares one entry, which is the safe side.
    let bytes = (try? SHA256Digest.bytes(of: secret + Array(name.utf8))) ?? []
    return bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }
}

extension LoginThrottle {
  private static let mark = Array("wpex-throttle-1\n".utf8)
  /// Bytes of one entry in a file.
  private static let entryLength = 20

  /// The table for a file: a mark, the secret, and every place that is taken.
  package var bytes: [UInt8] {
    var bytes = Self.mark + [UInt8(clamping: secret.count)] + secret.prefix(255)
    for entry in entries where entry.last != 0 {
      for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: entry.digest >> UInt64(8 * shift))) }
      for shift in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: entry.refusals >> UInt32(8 * shift))) }
      for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: entry.last >> Int64(8 * shift))) }
    }
    return bytes
  }

  /// Reads what `bytes` wrote.
  ///
  /// - Returns: Nil where it is something else.
  package init?(bytes: [UInt8]) {
    guard bytes.starts(with: Self.mark), bytes.count > Self.mark.count else { return nil }
    let length = Int(bytes[Self.mark.count])
    let table = bytes.dropFirst(Self.mark.count + 1 + length)
    guard length >= 16, bytes.count >= Self.mark.count + 1 + length, table.count % Self.entryLength == 0,
      table.count / Self.entryLength <= Self.rows * Self.columns
    else { return nil }
    self.init(secret: Array(bytes.dropFirst(Self.mark.count + 1).prefix(length)))
    for start in stride(from: table.startIndex, to: table.endIndex, by: Self.entryLength) {
      let entry = Entry(
        digest: Self.number(table[start..<start + 8]),
        refusals: UInt32(truncatingIfNeeded: Self.number(table[start + 8..<start + 12])),
        last: Int64(truncatingIfNeeded: Self.number(table[start + 12..<start + 20])))
      let free = row(of: entry.digest).first { entries[$0].last == 0 }
      if let free, entry.last > 0 { entries[free] = entry }
    }
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
