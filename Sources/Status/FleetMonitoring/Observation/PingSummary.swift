package import RelayWire

/// Summary of the pings of one target.
package struct PingSummary: Sendable, Equatable {
  /// Pings sent.
  package let sent: Int
  /// Pings answered.
  package let received: Int
  /// Round-trip times; nil if no ping was answered.
  package let times: Times?

  /// Statistics of the round-trip times, in milliseconds.
  package struct Times: Sendable, Equatable {
    /// Shortest time.
    package let minimum: Double
    /// Arithmetic mean.
    package let mean: Double
    /// Median, by nearest rank.
    package let median: Double
    /// 95th percentile, by nearest rank.
    package let percentile95: Double
    /// 99th percentile, by nearest rank.
    package let percentile99: Double
    /// Longest time.
    package let maximum: Double
    /// Mean absolute difference between consecutive times: the quantity that RFC 3550, section 6.4.1, smooths.
    ///
    /// Nil for a single answer.
    package let jitter: Double?
  }

  /// Creates a summary. Times that are negative or not finite are ignored.
  ///
  /// - Parameters:
  ///   - sent: pings sent.
  ///   - milliseconds: round-trip times of the answers, in order of arrival.
  package init(sent: Int, milliseconds: [Double]) {
    let milliseconds = milliseconds.filter { $0.isFinite && $0 >= 0 }
    self.sent = max(sent, milliseconds.count)
    received = milliseconds.count
    let sorted = milliseconds.sorted()
    guard let first = sorted.first, let last = sorted.last else {
      times = nil
      return
    }
    let differences = zip(milliseconds, milliseconds.dropFirst()).map { abs($1 - $0) }
    times = Times(
      minimum: first, mean: sorted.reduce(0, +) / Double(sorted.count), median: Self.percentile(50, of: sorted),
      percentile95: Self.percentile(95, of: sorted), percentile99: Self.percentile(99, of: sorted), maximum: last,
      jitter: differences.isEmpty ? nil : differences.reduce(0, +) / Double(differences.count))
  }

  /// Pings without an answer, in percent.
  package var lossPercent: Double { sent == 0 ? 0 : Double(sent - received) * 100 / Double(sent) }

  /// Returns the percentile by nearest rank: always a measured time, never interpolated.
  private static func percentile(_ percent: Int, of sorted: [Double]) -> Double {
    let rank = (sorted.count * percent + 99) / 100
    return sorted[max(0, min(sorted.count, rank) - 1)]
  }

  /// One-line summary, such as `4 of 4 answered, 0.42 ms at the median`.
  package var text: String {
    let answered = "\(received) of \(sent) answered"
    return times.map { "\(answered), \(Milliseconds.text($0.median)) at the median" } ?? answered
  }
}

/// Formatting of round-trip times for people.
package enum Milliseconds {
  /// Returns a time with up to three significant digits: `0.42 ms`, `12.3 ms`, `140 ms`.
  package static func text(_ milliseconds: Double) -> String {
    let value = min(max(0, milliseconds), 1e9)
    let scale = value < 10 ? 100 : value < 100 ? 10 : 1
    let number = Int((value * Double(scale)).rounded())
    guard scale > 1 else { return "\(number) ms" }
    let rest = String(number % scale)
    let zeros = String(repeating: "0", count: String(scale).count - 1 - rest.count)
    return "\(number / scale).\(zeros)\(rest) ms"
  }
}

extension RelayStatistics.ProbeResult {
  /// One-line result, such as `4 of 4 answered, 0.42 ms at the median` or `5 hops, 12.3 ms`.
  package var summary: String {
    if let failure { return failure }
    guard kind == Self.traceroute else { return PingSummary(sent: sent ?? 0, milliseconds: milliseconds).text }
    guard reached == true, let last = hops.last else {
      let answered = hops.last { $0.address != nil || !$0.milliseconds.isEmpty }
      return answered.map { "hop \($0.number) is the last that answers" } ?? "no hop answers"
    }
    let time = last.milliseconds.min().map { ", \(Milliseconds.text($0))" } ?? ""
    return "\(last.number) \(last.number == 1 ? "hop" : "hops")\(time)"
  }
}
