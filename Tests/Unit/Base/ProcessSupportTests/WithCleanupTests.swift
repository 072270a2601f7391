import Testing

@testable import ProcessSupport

@Suite struct WithCleanupTests {
  private struct Refused: Error {}

  @Test func cleanUpFollowsWork() async throws {
    var order: [String] = []
    let value = try await withCleanup(
      { order.append("cleanup") },
      after: { () -> Int in
        order.append("work")
        return 7
      })
    #expect(value == 7)
    #expect(order == ["work", "cleanup"])
  }

  @Test func cleanUpFollowsFailure() async {
    var order: [String] = []
    await #expect(throws: Refused.self) {
      try await withCleanup(
        { order.append("cleanup") },
        after: {
          order.append("work")
          throw Refused()
        })
    }
    #expect(order == ["work", "cleanup"])
  }
}
