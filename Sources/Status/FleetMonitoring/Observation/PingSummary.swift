/// What many pings of one target come to.
package struct PingSummary: Sendable, Equatable {
  package let sent: Int
  package let received: Int
  /// Milliseconds; nil where nothing was answered.
  package let times: Times?

  package struct Times: Sendable, Equatable {
    package let minimum: Double
    package let mean: Double
    package let median: Double
    package let percentile95: Double
    package let percentile99: Double
    package let maximum: Double
    /// The mean difference of an answer's time and that of the answer before: what RFC 3550 (6.4.1) smooths. Nil for a
    /// single answer.
    package let jitter: Double?
  }

  /// - Parameter milliseconds: the times of the answers, in their order.
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

  /// Pings without an answer, of 100.
  package var lossPercent: Double { sent == 0 ? 0 : Double(sent - received) * 100 / Double(sent) }

  /// By nearest rank: a time that was measured, never one between two.
  private static func percentile(_ percent: Int, of sorted: [Double]) -> Double {
    let rank = (sorted.count * percent + 99) / 100
    return sorted[max(0, min(sorted.count, rank) - 1)]
  }

  /// Such as `4 of 4 answered, 0.42 ms at the median`.
  package var text: String {
    let answered = "\(received) of \(sent) answered"
    return times.map { "\(answered), \(Milliseconds.text($0.median)) at the median" } ?? answered
  }
}

/// Times as people read them.
package enum Milliseconds {
  /// With three digits that count: `0.42 ms`, `12.3 ms`, `140 ms`.
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
  /// What it came to in a line: `4 of 4 answered, 0.42 ms at the median`, or `5 hops, 12.3 ms`.
  package var summary: String {
    if let failure { return failure }
    guard kind == "traceroute" else { return PingSummary(sent: sent ?? 0, milliseconds: milliseconds).text }
    guard reached == true, let last = hops.last else {
      let answered = hops.last { $0.address != nil || !$0.milliseconds.isEmpty }
      return answered.map { "hop \($0.number) is the last that answers" } ?? "no hop answers"
    }
    let time = last.milliseconds.min().map { ", \(Milliseconds.text($0))" } ?? ""
    return "\(last.number) \(last.number == 1 ? "hop" : "hops")\(time)"
  }
}
