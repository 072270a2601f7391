/// The last 24 hours: five minutes in steps of ten seconds, an hour in steps of one minute, a day in steps of five.
///
/// Memory: 378 steps of 7 numbers of 4 bytes are 10.3 KiB, so that 10,000 relays take 104 MiB once a day has passed.
package struct History: Sendable, Equatable {
  private static let columns = HistoryMetric.allCases.count
  /// Finest first.
  private var rings = [
    HistoryRing(width: 10, capacity: 30, columns: columns), HistoryRing(width: 60, capacity: 60, columns: columns),
    HistoryRing(width: 300, capacity: 288, columns: columns),
  ]

  package init() {}

  /// - Parameter time: seconds since 1970.
  mutating func add(_ values: [HistoryMetric: Double], at time: Double) {
    var row = Array(repeating: Float.nan, count: Self.columns)
    for (metric, value) in values where value.isFinite { row[metric.column] = Float(value) }
    for index in rings.indices { rings[index].add(row, at: time) }
  }

  /// The values of the last `seconds`, in the finest steps that reach so far back.
  ///
  /// - Parameter now: seconds since 1970.
  package func series(_ metric: HistoryMetric, last seconds: Double, now: Double) -> HistorySeries {
    let ring = rings.first { $0.width * Double($0.capacity) >= seconds } ?? rings[rings.count - 1]
    let from = now - min(max(0, seconds), ring.width * Double(ring.capacity))
    let values = ring.values(metric.column).map { $0.isNaN ? nil : Double($0) }
    // The steps that end before the wanted time begins are left out.
    let skipped = min(values.count, max(0, Int(clamping: (from - ring.start) / ring.width)))
    return HistorySeries(
      metric: metric, start: ring.start + Double(skipped) * ring.width, step: ring.width,
      values: Array(values[skipped...]))
  }
}
