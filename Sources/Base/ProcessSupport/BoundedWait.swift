import Synchronization

/// Waiting with a time limit for work that may never end. Work that does not end in time may continue unobserved.
package enum BoundedWait {
  /// The error for an exceeded time limit.
  package struct Elapsed: Error {}

  /// Waits for work up to a time limit. Cancelling the caller cancels `work`, which ends the wait only if it ends
  /// `work`.
  ///
  /// - Parameter limit: the longest time to wait.
  /// - Returns: The result of `work`.
  /// - Throws: The error of `work`, or `Elapsed`; `work` has then been cancelled.
  package static func value<Value: Sendable>(
    within limit: Duration, of work: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    let answer = OneAnswer<Value>()
    let task = Task {
      do { answer.give(.success(try await work())) } catch { answer.give(.failure(error)) }
    }
    let alarm = Task {
      guard (try? await Task.sleep(for: limit)) != nil else { return }
      if answer.give(.failure(Elapsed())) { task.cancel() }
    }
    defer { alarm.cancel() }
    return try await withTaskCancellationHandler {
      try await answer.value
    } onCancel: {
      task.cancel()
    }
  }

  /// Waits for a task up to a time limit.
  ///
  /// - Returns: Whether it has ended.
  package static func end(of task: Task<Void, Never>, within limit: Duration) async -> Bool {
    // A separate task, because the wait would end at once if the caller has been cancelled.
    await Task { (try? await value(within: limit) { await task.value }) != nil }.value
  }

  /// Waits for a task to end. If the caller is cancelled, the task is cancelled too and has `grace` to end.
  ///
  /// - Returns: Whether it has ended.
  package static func end(of task: Task<Void, Never>, graceAfterCancellation grace: Duration) async -> Bool {
    let answer = OneAnswer<Bool>()
    Task {
      await task.value
      answer.give(.success(true))
    }
    return await withTaskCancellationHandler {
      (try? await answer.value) ?? false
    } onCancel: {
      task.cancel()
      Task {
        try? await Task.sleep(for: grace)
        answer.give(.success(false))
      }
    }
  }
}

/// A result that is set once and awaited by one caller.
private final class OneAnswer<Value: Sendable>: Sendable {
  private enum State {
    case open
    case awaited(CheckedContinuation<Value, any Error>)
    case given(Result<Value, any Error>)
  }

  private let state = Mutex(State.open)

  /// Sets the result unless it is already set.
  ///
  /// - Returns: Whether it was set.
  @discardableResult
  func give(_ result: Result<Value, any Error>) -> Bool {
    let (waiting, isFirst) = state.withLock { state -> (CheckedContinuation<Value, any Error>?, Bool) in
      switch state {
      case .open:
        state = .given(result)
        return (nil, true)
      case .awaited(let continuation):
        state = .given(result)
        return (continuation, true)
      case .given: return (nil, false)
      }
    }
    waiting?.resume(with: result)
    return isFirst
  }

  var value: Value {
    get async throws {
      try await withCheckedThrowingContinuation { continuation in
        let early = state.withLock { state -> Result<Value, any Error>? in
          if case .given(let result) = state { return result }
          state = .awaited(continuation)
          return nil
        }
        if let early { continuation.resume(with: early) }
      }
    }
  }
}
