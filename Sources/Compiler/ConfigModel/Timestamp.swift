/// A UTC moment with a resolution of one second.
package struct Timestamp: Sendable, Hashable, Comparable {
  /// Seconds since 1970-01-01T00:00:00Z.
  package let unixSeconds: Int64

  package init(unixSeconds: Int64) { self.unixSeconds = unixSeconds }

  /// Parses `YYYY-MM-DDThh:mm:ssZ` (RFC 3339 in UTC, without fractions); nil if the moment does not exist.
  package init?(_ text: String) {
    guard text.utf8.count == 20, text.hasSuffix("Z"), let day = CivilDate(String(text.prefix(10))) else { return nil }
    let clock = text.utf8.dropFirst(10).dropLast()
    guard clock.first == UInt8(ascii: "T") else { return nil }
    let parts = clock.dropFirst().split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard parts.count == 3 else { return nil }
    let numbers = parts.compactMap { part -> Int64? in
      guard part.count == 2, part.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
        return nil
      }
      return part.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    }
    guard numbers.count == 3, numbers[0] < 24, numbers[1] < 60, numbers[2] < 60 else { return nil }
    unixSeconds = Int64(day.daysSinceEpoch) * 86_400 + numbers[0] * 3_600 + numbers[1] * 60 + numbers[2]
  }

  /// The UTC day that contains the moment.
  package var day: CivilDate { CivilDate(unixSeconds: unixSeconds) }

  package static func < (left: Timestamp, right: Timestamp) -> Bool { left.unixSeconds < right.unixSeconds }
}

extension Timestamp: CustomStringConvertible {
  /// The moment as `YYYY-MM-DDThh:mm:ssZ`.
  package var description: String {
    let second = Int(unixSeconds - Int64(day.daysSinceEpoch) * 86_400)
    let clock = [second / 3_600, second / 60 % 60, second % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
    return "\(day)T\(clock.joined(separator: ":"))Z"
  }
}
