import Synchronization

/// Waits for work that may never end. What is not done in time goes on by itself; nobody waits for it any more.
package enum BoundedWait {
  /// The time is over.
  package struct Elapsed: Error {}

  /// - Parameter limit: how long the caller waits at most. If the caller is cancelled, `work` is; that ends the wait only if it
  ///   ends `work`.
  /// - Returns: What `work` returns.
  /// - Throws: What `work` throws, or `Elapsed`; then `work` has been cancelled.
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

  /// - Returns: Whether a task has ended within a time.
  package static func end(of task: Task<Void, Never>, within limit: Duration) async -> Bool {
    // In a task of its own: the caller may have been cancelled, and then nothing would be waited for.
    await Task { (try? await value(within: limit) { await task.value }) != nil }.value
  }

  /// Waits for a task until it ends. If the caller is cancelled, the task is cancelled too, and has `grace` to end.
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

/// An answer that is given once, and one who waits for it.
private final class OneAnswer<Value: Sendable>: Sendable {
  private enum State {
    case open
    case awaited(CheckedContinuation<Value, any Error>)
    case given(Result<Value, any Error>)
  }

  private let state = Mutex(State.open)

  /// - Returns: Whether this is the answer that counts.
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
