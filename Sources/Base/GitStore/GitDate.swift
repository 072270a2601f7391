import CLibgit2
import Glibc

/// A timestamp with its zone, as stored in commits.
struct GitDate: Equatable {
  /// Seconds since 1970-01-01 UTC.
  let seconds: Int64
  /// Minutes east of UTC.
  let offset: Int

  init(seconds: Int64, offset: Int) {
    self.seconds = seconds
    self.offset = offset
  }

  /// The current time in the local zone.
  static var now: GitDate {
    let seconds = time(nil)
    return GitDate(seconds: Int64(seconds), offset: localOffset(seconds))
  }

  private static func localOffset(_ seconds: time_t) -> Int {
    var moment = seconds
    var parts = tm()
    localtime_r(&moment, &parts)
    return parts.tm_gmtoff / 60
  }

  /// Parses one of the formats listed in git-commit(1): Git's internal one, RFC 2822, or ISO 8601. A date without a
  /// zone is local time.
  init?(_ text: String) {
    let words = text.split { $0 == " " || $0 == "T" && !text.contains(", ") || $0 == "\t" }.map(String.init)
    if let first = words.first, words.count <= 2,
      let seconds = Int64(first.hasPrefix("@") ? first.dropFirst() : first[...]),
      first.hasPrefix("@") || seconds >= 100_000_000
    {
      guard let offset = words.count == 2 ? Self.zone(words[1]) : 0, seconds >= 0 else { return nil }
      self.init(seconds: seconds, offset: offset)
      return
    }
    // The weekday is redundant.
    let rest = words.first?.hasSuffix(",") == true ? Array(words.dropFirst()) : words
    guard let (year, month, day, after) = Self.date(rest), let clock = after.first else { return nil }
    let sign = clock.dropFirst().firstIndex { "+-Z".contains($0) }
    guard after.count <= 2, sign == nil || after.count == 1,
      let time = Self.clock(String(clock[..<(sign ?? clock.endIndex)]))
    else { return nil }
    let zone = sign.map { String(clock[$0...]) } ?? (after.count == 2 ? after.last : nil)
    var parts = tm()
    parts.tm_year = Int32(year - 1900)
    parts.tm_mon = Int32(month - 1)
    parts.tm_mday = Int32(day)
    (parts.tm_hour, parts.tm_min, parts.tm_sec) = time
    guard let zone else {
      parts.tm_isdst = -1
      let seconds = mktime(&parts)
      self.init(seconds: Int64(seconds), offset: Self.localOffset(seconds))
      return
    }
    guard let offset = Self.zone(zone) else { return nil }
    self.init(seconds: Int64(timegm(&parts)) - Int64(offset * 60), offset: offset)
  }

  private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

  /// Parses `2005-04-07` or `7 Apr 2005` and returns the remaining words.
  private static func date(_ words: [String]) -> (year: Int, month: Int, day: Int, rest: ArraySlice<String>)? {
    guard let first = words.first else { return nil }
    let numbers = first.split(separator: "-").compactMap { Int($0) }
    if numbers.count == 3, isDate(numbers[0], numbers[1], numbers[2]) {
      return (numbers[0], numbers[1], numbers[2], words.dropFirst())
    }
    guard words.count > 3, let day = Int(first), let year = Int(words[2]),
      let month = months.firstIndex(of: words[1].prefix(3).lowercased()), isDate(year, month + 1, day)
    else { return nil }
    return (year, month + 1, day, words.dropFirst(3))
  }

  private static func isDate(_ year: Int, _ month: Int, _ day: Int) -> Bool {
    (1970..<2100).contains(year) && (1...12).contains(month) && (1...31).contains(day)
  }

  private static func clock(_ text: String) -> (Int32, Int32, Int32)? {
    let whole = text.split(separator: ".", maxSplits: 1).first.map(String.init) ?? text
    let numbers = whole.split(separator: ":", omittingEmptySubsequences: false).map { Int32($0) ?? -1 }
    guard (2...3).contains(numbers.count), (0..<24).contains(numbers[0]), (0..<60).contains(numbers[1]) else {
      return nil
    }
    let seconds = numbers.count == 3 ? numbers[2] : 0
    return (0...60).contains(seconds) ? (numbers[0], numbers[1], seconds) : nil
  }

  /// Parses a zone and returns minutes east of UTC.
  private static func zone(_ text: String) -> Int? {
    if ["Z", "UTC", "GMT"].contains(text) { return 0 }
    let digits = text.dropFirst().filter { $0 != ":" }
    guard let sign = text.first, sign == "+" || sign == "-", digits.count == 4 || digits.count == 2,
      digits.allSatisfy({ $0.isASCII && $0.isNumber }), let hours = Int(digits.prefix(2)),
      let minutes = digits.count == 4 ? Int(digits.suffix(2)) : 0, hours <= 14, minutes < 60
    else { return nil }
    return (sign == "-" ? -1 : 1) * (hours * 60 + minutes)
  }
}
