import FleetMonitoring

/// Record of an instance that does not answer. It is queried again after pauses that double.
struct PollBackoff: Sendable, Equatable {
  /// Number of failed queries in a row.
  private(set) var failures = 0
  /// Time of the next query, in seconds since 1970.
  private(set) var due = 0.0
  /// Why the last query failed.
  private(set) var reason: StatusText = []

  /// Records a failed query.
  ///
  /// - Parameters:
  ///   - reason: why it failed.
  ///   - time: seconds since 1970.
  ///   - options: interval and longest pause.
  ///   - share: 0 to 1; lengthens the pause by up to a fifth, to spread queries over time.
  mutating func note(_ reason: StatusText, at time: Double, _ options: CollectorOptions, share: Double) {
    self.reason = reason
    let pause = min(options.maxPause, options.interval * Double(1 << min(failures, 20)))
    failures += 1
    due = time + pause * (1 + 0.2 * share)
  }

  /// Returns whether the instance is due. If the clock was set back, it stays silent no longer than the longest pause.
  func isDue(at time: Double, _ options: CollectorOptions) -> Bool {
    time >= due || due - time > options.maxPause * 1.2
  }
}
