import Synchronization

/// Whether a loop goes on. It says what it begins and by when it will be heard of again; anybody may ask, also when the loop
/// itself cannot answer any more.
package final class Pulse: Sendable {
  private struct State {
    /// Nil if nothing is expected.
    var due: ContinuousClock.Instant?
    var timeout = 0.0
    var doing = ""
  }

  private let state = Mutex(State())

  package init() {}

  /// Begins something.
  ///
  /// - Parameters:
  ///   - doing: what it is, as it follows "while it was".
  ///   - seconds: when the loop is heard of again, at the latest.
  package func begin(_ doing: String, within seconds: Double) {
    state.withLock { $0 = State(due: .now + .seconds(seconds), timeout: seconds, doing: doing) }
  }

  /// What was begun goes on.
  package func goOn() {
    state.withLock { state in
      if state.due != nil { state.due = .now + .seconds(state.timeout) }
    }
  }

  /// Nothing is expected any more.
  package func end() { state.withLock { $0 = State() } }

  /// Until the loop is heard of again, at the latest; negative if that is over, nil if nothing is expected.
  package var remaining: Duration? { state.withLock { $0.due.map { $0 - .now } } }

  /// What the loop does not come back from; nil if it goes on.
  ///
  /// - Parameter grace: how much later than said it may be.
  package func stalled(grace: Duration = .zero) -> String? {
    state.withLock { state in
      guard let due = state.due, .now - due > grace else { return nil }
      return state.doing
    }
  }
}
