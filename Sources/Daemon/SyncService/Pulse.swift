import Synchronization

/// Progress of a loop. The loop reports what it begins and by when it will report again, and any thread can check that, even
/// if the loop itself hangs.
package final class Pulse: Sendable {
  private struct State {
    /// When the loop reports again at the latest; nil if no report is expected.
    var due: ContinuousClock.Instant?
    var timeout = 0.0
    var doing = ""
  }

  private let state = Mutex(State())

  package init() {}

  /// Reports the beginning of an activity.
  ///
  /// - Parameters:
  ///   - doing: the activity, as it follows "while it was".
  ///   - seconds: the time until the next report, at the latest.
  package func begin(_ doing: String, within seconds: Double) {
    state.withLock { $0 = State(due: .now + .seconds(seconds), timeout: seconds, doing: doing) }
  }

  /// Reports progress: the time limit of the activity begins again.
  package func goOn() {
    state.withLock { state in
      if state.due != nil { state.due = .now + .seconds(state.timeout) }
    }
  }

  /// Ends: no report is expected from now on.
  package func end() { state.withLock { $0 = State() } }

  /// Time until the next report is due; negative if it is late, nil if none is expected.
  package var remaining: Duration? { state.withLock { $0.due.map { $0 - .now } } }

  /// Returns the activity in which the loop hangs; nil if it makes progress.
  ///
  /// - Parameter grace: how late a report may be.
  package func stalled(grace: Duration = .zero) -> String? {
    state.withLock { state in
      guard let due = state.due, .now - due > grace else { return nil }
      return state.doing
    }
  }
}
