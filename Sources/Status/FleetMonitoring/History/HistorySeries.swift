/// What is kept of a relay, an organization or the platform over time.
package enum HistoryMetric: String, Sendable, CaseIterable {
  /// 0 to 100.
  case health
  case sessions
  case connectedPeers = "connected-peers"
  /// Completed a second.
  case handshakeRate = "handshake-rate"
  /// 0 to 1 over five minutes.
  case handshakeSuccess = "handshake-success"
  case receivedBitsPerSecond = "received-bits-per-second"
  case forwardedBitsPerSecond = "forwarded-bits-per-second"

  package var column: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// Values at equal steps of time.
package struct HistorySeries: Sendable, Equatable {
  package let metric: HistoryMetric
  /// Seconds since 1970 at which the first value's step begins.
  package let start: Double
  /// Seconds.
  package let step: Double
  /// The mean of each step; nil where nothing was seen.
  package let values: [Double?]
  /// Why it is shorter or coarser than asked for, where that is so.
  package var problem: String?

  package init(metric: HistoryMetric, start: Double, step: Double, values: [Double?], problem: String? = nil) {
    self.metric = metric
    self.start = start
    self.step = step
    self.values = values
    self.problem = problem
  }
}
