/// History of the last 24 hours: five minutes in steps of ten seconds, an hour in steps of one minute, a day in steps
/// of five minutes.
///
/// Memory: 378 steps of 7 numbers of 4 bytes are 10.3 KiB, so 10,000 relays need 104 MiB after one day.
package struct History: Sendable, Equatable {
  private static let columns = HistoryMetric.allCases.count
  /// Rings of increasing step length, the finest first.
  private var rings = [
    HistoryRing(width: 10, capacity: 30, columns: columns), HistoryRing(width: 60, capacity: 60, columns: columns),
    HistoryRing(width: 300, capacity: 288, columns: columns),
  ]

  /// Creates an empty history.
  package init() {}

  /// Adds values observed at `time`, in seconds since 1970. Values that are not finite are ignored.
  mutating func add(_ values: [HistoryMetric: Double], at time: Double) {
    var row = Array(repeating: Float.nan, count: Self.columns)
    for (metric, value) in values where value.isFinite { row[metric.column] = Float(value) }
    for index in rings.indices { rings[index].add(row, at: time) }
  }

  /// Returns the values of the last `seconds`, in the finest steps that reach back that far.
  ///
  /// - Parameters:
  ///   - metric: the metric to return.
  ///   - seconds: length of the range; at most 24 hours are kept.
  ///   - now: end of the range, in seconds since 1970.
  package func series(_ metric: HistoryMetric, last seconds: Double, now: Double) -> HistorySeries {
    let ring = rings.first { $0.width * Double($0.capacity) >= seconds } ?? rings[rings.count - 1]
    let from = now - min(max(0, seconds), ring.width * Double(ring.capacity))
    let values = ring.values(metric.column).map { $0.isNaN ? nil : Double($0) }
    // Skip steps that end before the requested range begins.
    let skipped = min(values.count, max(0, Int(clamping: (from - ring.start) / ring.width)))
    return HistorySeries(
      metric: metric, start: ring.start + Double(skipped) * ring.width, step: ring.width,
      values: Array(values[skipped...]))
  }
}
