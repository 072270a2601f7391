/// Time limits on asynchronous work.
enum Deadline {
  /// The time limit was exceeded.
  struct Passed: Error {}

  /// Runs `body` and cancels it after a number of seconds.
  ///
  /// - Throws: `Passed` if the time limit is exceeded, or the error of `body`.
  static func within<Result: Sendable>(
    _ seconds: Double, _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    try await withThrowingTaskGroup(of: Result.self) { group in
      group.addTask { try await body() }
      group.addTask {
        try await Task.sleep(for: .seconds(seconds))
        throw Passed()
      }
      defer { group.cancelAll() }
      guard let result = try await group.next() else { throw Passed() }
      return result
    }
  }
}
