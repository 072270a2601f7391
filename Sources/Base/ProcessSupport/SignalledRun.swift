import UnixSignals

/// Work that SIGINT and SIGTERM cancel, and whose end is awaited.
package enum SignalledRun {
  /// Runs `body` until it returns or a signal arrives.
  package static func run(_ body: @escaping @Sendable () async -> Void) async {
    // A signal is the normal end.
    _ = try? await value(of: body)
  }

  /// Returns the result of `body`.
  ///
  /// - Throws: What `body` throws, or `Interrupted` if a signal arrives first.
  package static func value<Value: Sendable>(of body: @escaping @Sendable () async throws -> Value) async throws
    -> Value
  {
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
    return try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask { try await body() }
      group.addTask {
        for await _ in signals { break }
        return nil
      }
      defer { group.cancelAll() }
      guard let first = try await group.next(), let value = first else { throw Interrupted() }
      return value
    }
  }

  /// Error: a signal arrived.
  package struct Interrupted: Error {}
}
