/// Subject whose history is kept.
package enum HistorySubject: Sendable, Hashable {
  case platform
  /// The organization of this name.
  case organization(String)
  case relay(RelayID)
}

/// One day of a subject's history, read from an external store.
package struct KeptHistory: Sendable, Equatable {
  /// Subject of the history.
  package let subject: HistorySubject
  /// Time of reading, in seconds since 1970.
  package let readAt: Double
  /// Series by metric.
  package let series: [HistoryMetric: HistorySeries]

  /// Seconds during which the external history takes precedence over what this process observed itself.
  package static let lifetime = 300.0

  /// Creates a history.
  package init(subject: HistorySubject, readAt: Double, series: [HistoryMetric: HistorySeries]) {
    self.subject = subject
    self.readAt = readAt
    self.series = series
  }

  /// Returns whether the history is still current.
  ///
  /// - Parameter time: seconds since 1970.
  package func holds(at time: Double) -> Bool { abs(time - readAt) <= Self.lifetime }
}
