import Synchronization

/// Requests that continue when the waiting task is cancelled, and that can be aborted together.
final class RequestsUnderWay: Sendable {
  private struct State {
    var next = 0
    var tasks: [Int: @Sendable () -> Void] = [:]
  }

  private let state = Mutex(State())

  /// Runs a request to its end, even if the calling task is cancelled.
  func finish<Answer: Sendable>(_ request: @escaping @Sendable () async throws -> Answer) async throws -> Answer {
    let task = Task { try await request() }
    let number = state.withLock { state in
      state.next += 1
      state.tasks[state.next] = { task.cancel() }
      return state.next
    }
    defer { state.withLock { _ = $0.tasks.removeValue(forKey: number) } }
    return try await task.value
  }

  /// Aborts all requests in progress.
  func cancel() {
    for cancel in state.withLock({ Array($0.tasks.values) }) { cancel() }
  }
}
