import UnixSignals

/// Work that SIGINT and SIGTERM break off by cancellation; what it does then is waited for.
enum SignalledRun {
  /// Runs what goes on until it is asked to end.
  static func run(_ body: @escaping @Sendable () async -> Void) async {
    // A signal is how it ends.
    _ = try? await value(of: body)
  }

  /// - Throws: What `body` throws, or `Interrupted` where a signal came first.
  static func value<Value: Sendable>(of body: @escaping @Sendable () async throws -> Value) async throws -> Value {
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

  struct Interrupted: Error {}
}
