import Synchronization

/// Requests that go on when the task that waits for them is cancelled, and end when all are broken off.
final class RequestsUnderWay: Sendable {
  private struct State {
    var next = 0
    var tasks: [Int: @Sendable () -> Void] = [:]
  }

  private let state = Mutex(State())

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

  func cancel() {
    for cancel in state.withLock({ Array($0.tasks.values) }) { cancel() }
  }
}
