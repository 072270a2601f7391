/// How long an instance has been silent, and when it is asked again: after pauses that double.
struct Silence: Sendable, Equatable {
  private(set) var failures = 0
  /// Seconds since 1970 when it is asked again.
  private(set) var due = 0.0
  private(set) var reason = ""

  /// - Parameter share: 0 to 1, by which the pause is longer, so that not all come at once.
  mutating func note(_ reason: String, at time: Double, _ options: CollectorOptions, share: Double) {
    self.reason = reason
    let pause = min(options.longestPause, options.interval * Double(1 << min(failures, 20)))
    failures += 1
    due = time + pause * (1 + 0.2 * share)
  }

  /// A clock that was set back does not keep it silent for longer than the longest pause.
  func isDue(at time: Double, _ options: CollectorOptions) -> Bool {
    time >= due || due - time > options.longestPause * 1.2
  }
}
