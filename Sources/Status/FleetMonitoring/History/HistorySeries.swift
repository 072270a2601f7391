/// Metrics recorded over time for a relay, an organization or the platform.
package enum HistoryMetric: String, Sendable, CaseIterable {
  /// Health, 0 to 100.
  case health
  /// Live sessions.
  case sessions
  /// Keys with a live session.
  case connectedPeers = "connected-peers"
  /// Completed handshakes per second.
  case handshakeRate = "handshake-rate"
  /// Share of handshakes that succeeded over five minutes, 0 to 1.
  case handshakeSuccess = "handshake-success"
  /// UDP payload received, in bits per second.
  case receivedBitsPerSecond = "received-bits-per-second"
  /// UDP payload forwarded, in bits per second.
  case forwardedBitsPerSecond = "forwarded-bits-per-second"

  /// Column of the metric in a row of the history.
  package var column: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// Values of a metric at equal intervals.
package struct HistorySeries: Sendable, Equatable {
  /// Metric of the values.
  package let metric: HistoryMetric
  /// Start of the first step, in seconds since 1970.
  package let start: Double
  /// Length of a step in seconds.
  package let step: Double
  /// Mean of each step; nil if nothing was observed.
  package let values: [Double?]
  /// Why the series is shorter or coarser than requested; nil if it is not.
  package var problem: String?

  /// Creates a series.
  package init(metric: HistoryMetric, start: Double, step: Double, values: [Double?], problem: String? = nil) {
    self.metric = metric
    self.start = start
    self.step = step
    self.values = values
    self.problem = problem
  }
}
