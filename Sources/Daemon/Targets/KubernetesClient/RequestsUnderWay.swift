import Synchronization

/// Requests that continue when the waiting task is cancelled, and that can be aborted together.
final class RequestsUnderWay: Sendable {
  private struct State {
    var next = 0
    var tasks: [Int: @Sendable () -> Void] = [:]
    var isBrokenOff = false
  }

  private let state = Mutex(State())

  /// Runs a request to its end, even if the calling task is cancelled.
  func finish<Answer: Sendable>(_ request: @escaping @Sendable () async throws -> Answer) async throws -> Answer {
    let task = Task { try await request() }
    let number = state.withLock { state in
      state.next += 1
      state.tasks[state.next] = { task.cancel() }
      if state.isBrokenOff { task.cancel() }
      return state.next
    }
    defer { state.withLock { _ = $0.tasks.removeValue(forKey: number) } }
    return try await task.value
  }

  /// Whether requests are refused.
  var isBrokenOff: Bool { state.withLock { $0.isBrokenOff } }

  /// Aborts all requests in progress, and refuses others until `resume`.
  func breakOff() {
    let tasks = state.withLock { state in
      state.isBrokenOff = true
      return Array(state.tasks.values)
    }
    for cancel in tasks { cancel() }
  }

  /// Allows requests again.
  func resume() { state.withLock { $0.isBrokenOff = false } }
}
