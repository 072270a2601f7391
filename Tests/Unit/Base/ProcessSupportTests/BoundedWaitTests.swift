import Testing

@testable import ProcessSupport

@Suite struct BoundedWaitTests {
  private struct Refused: Error {}

  /// Work that ends only when it is cancelled.
  private static func hang() async throws { try await Task.sleep(for: .seconds(3_600)) }

  @Test func theResultAndTheErrorOfWorkAreItsOwn() async throws {
    #expect(try await BoundedWait.value(within: .seconds(60)) { 7 } == 7)
    await #expect(throws: Refused.self) { try await BoundedWait.value(within: .seconds(60)) { throw Refused() } }
  }

  @Test func workThatHangsIsCancelled() async {
    await #expect(throws: BoundedWait.Elapsed.self) {
      try await BoundedWait.value(within: .milliseconds(10)) { try await Self.hang() }
    }
  }

  @Test func theEndOfATaskIsReported() async {
    #expect(await BoundedWait.end(of: Task {}, within: .seconds(60)))
    let hanging = Task { try? await Self.hang() }
    #expect(await !BoundedWait.end(of: Task { _ = await hanging.value }, within: .milliseconds(10)))
    hanging.cancel()
    _ = await hanging.value
  }
}
