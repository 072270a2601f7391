import KeyBundles

/// Counts refused logins and computes how long the next attempt must wait.
///
/// Memory is constant regardless of the number of names: the table has a fixed size, and the entry of a row with the
/// fewest refusals makes room for a new one.
///
/// Names (addresses or users) are stored only as keyed digests, so the file that preserves the table across restarts
/// does not reveal who tried.
package struct LoginThrottle: Sendable {
  /// Refusals without a pause, to allow for typing errors.
  package static let freeRefusals = 5
  /// Length of the first pause in seconds; it doubles with each further refusal.
  package static let firstPause: Int64 = 2
  /// Length of the longest pause in seconds.
  package static let maxPause: Int64 = 900
  /// Seconds after which refusals are forgotten.
  package static let memory: Int64 = 3_600

  /// Rows of the table, selected by digest.
  static let rows = 4_096
  /// Entries per row.
  static let columns = 4

  /// Refusals of one name.
  struct Entry: Sendable, Equatable {
    /// Keyed digest of the name.
    var digest: UInt64 = 0
    /// Number of refusals.
    var refusals: UInt32 = 0
    /// Time of the last refusal, in seconds since 1970; 0 for an empty entry.
    var last: Int64 = 0
  }

  /// Key of the digests.
  let secret: [UInt8]
  /// Rows of the table, one after another.
  var entries: [Entry]

  /// Creates an empty table.
  ///
  /// - Parameter secret: at least 16 random bytes, stored with the table.
  package init(secret: [UInt8]) {
    self.secret = secret
    entries = [Entry](repeating: Entry(), count: Self.rows * Self.columns)
  }

  /// Returns the seconds to wait before the next attempt is accepted; 0 for none.
  ///
  /// - Parameters:
  ///   - name: name that attempts are counted by.
  ///   - now: seconds since 1970.
  package func wait(_ name: String, now: Int64) -> Int64 {
    guard let index = index(of: digest(name), now: now) else { return 0 }
    let entry = entries[index]
    guard entry.refusals >= Self.freeRefusals else { return 0 }
    let doublings = min(Int64(entry.refusals) - Int64(Self.freeRefusals), 20)
    let pause = min(Self.maxPause, Self.firstPause << doublings)
    // If the clock was set back, the wait must not exceed the pause.
    let elapsed = max(0, now - entry.last)
    return max(0, pause - elapsed)
  }

  /// Counts a refused attempt.
  ///
  /// - Parameter now: seconds since 1970.
  package mutating func noteRefusal(_ name: String, now: Int64) {
    let digest = digest(name)
    if let index = index(of: digest, now: now) {
      entries[index].refusals &+= entries[index].refusals == .max ? 0 : 1
      entries[index].last = now
      return
    }
    let row = row(of: digest)
    // The entry with the longest pause is evicted last: an attacker with many names must not displace a name with many
    // refusals.
    let place = row.min { left, right in
      let (a, b) = (entries[left], entries[right])
      let (isOldA, isOldB) = (isForgotten(a, now), isForgotten(b, now))
      if isOldA != isOldB { return isOldA }
      return (a.refusals, a.last) < (b.refusals, b.last)
    }
    if let place { entries[place] = Entry(digest: digest, refusals: 1, last: now) }
  }

  /// Forgets the refusals of a name after a successful login.
  ///
  /// - Parameter now: seconds since 1970.
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
    // SHA-256 fails only if OpenSSL lacks it. All names then share one entry, which errs on the safe side.
    let bytes = (try? SHA256Digest.bytes(of: secret + Array(name.utf8))) ?? []
    return bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }
}

extension LoginThrottle {
  private static let mark = Array("wpex-throttle-1\n".utf8)
  /// Size of an entry in the file, in bytes.
  private static let entryLength = 20

  /// File contents: a magic number, the secret, and every entry in use.
  package var bytes: [UInt8] {
    var bytes = Self.mark + [UInt8(clamping: secret.count)] + secret.prefix(255)
    for entry in entries where entry.last != 0 {
      for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: entry.digest >> UInt64(8 * shift))) }
      for shift in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: entry.refusals >> UInt32(8 * shift))) }
      for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: entry.last >> Int64(8 * shift))) }
    }
    return bytes
  }

  /// Parses the contents written by `bytes`.
  ///
  /// - Returns: Nil if the contents are malformed.
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
