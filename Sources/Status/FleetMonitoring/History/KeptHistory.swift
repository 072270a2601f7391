/// Whose figures a history tells.
package enum HistorySubject: Sendable, Hashable {
  case platform
  case organization(String)
  case relay(RelayID)
}

/// A day of a subject, as a store that outlives this program kept it.
package struct KeptHistory: Sendable, Equatable {
  package let subject: HistorySubject
  /// Seconds since 1970 when it was read.
  package let readAt: Double
  package let series: [HistoryMetric: HistorySeries]

  /// Seconds for which it is better than what this program has seen by itself.
  package static let lifetime = 300.0

  package init(subject: HistorySubject, readAt: Double, series: [HistoryMetric: HistorySeries]) {
    self.subject = subject
    self.readAt = readAt
    self.series = series
  }

  /// - Parameter time: seconds since 1970.
  package func holds(at time: Double) -> Bool { abs(time - readAt) <= Self.lifetime }
}
