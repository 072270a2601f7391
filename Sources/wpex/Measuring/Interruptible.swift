import UnixSignals

/// Work that SIGINT and SIGTERM break off, so that what it came to can still be recorded.
enum Interruptible {
  /// - Throws: What `body` throws, or `CommandFailure` where a signal came first.
  static func run<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result {
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
    return try await withThrowingTaskGroup(of: Result?.self) { group in
      group.addTask { try await body() }
      group.addTask {
        for await _ in signals { break }
        return nil
      }
      defer { group.cancelAll() }
      guard let first = try await group.next(), let result = first else {
        throw CommandFailure(.failed, "interrupted before the relay was done")
      }
      return result
    }
  }
}
