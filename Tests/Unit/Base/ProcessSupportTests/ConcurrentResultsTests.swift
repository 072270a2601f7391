import ProcessSupport
import Synchronization
import Testing

/// Concurrent calls have a bound, and lose no result.
@Suite struct ConcurrentResultsTests {
  private struct Failure: Error, Equatable { let number: Int }

  /// Number of calls that run, and the largest that it was.
  private final class Gauge: Sendable {
    private let counts = Mutex((running: 0, largest: 0, begun: 0))
    var largest: Int { counts.withLock { $0.largest } }
    var begun: Int { counts.withLock { $0.begun } }

    func during(_ body: () async -> Void) async {
      counts.withLock { counts in
        counts.running += 1
        counts.begun += 1
        counts.largest = max(counts.largest, counts.running)
      }
      await body()
      counts.withLock { $0.running -= 1 }
    }
  }

  @Test(arguments: [(0, 1), (1, 1), (3, 3), (8, 8), (100, 50)])
  func neverMoreThanTheLimit(_ limit: Int, _ most: Int) async {
    let gauge = Gauge()
    let results = await (0..<50).concurrentResults(atMost: limit) { number in
      await gauge.during { for _ in 0..<10 { await Task.yield() } }
      return number
    }
    #expect(results.sorted() == Array(0..<50))
    #expect(gauge.largest <= most)
  }

  @Test func oneAtATimeKeepsTheOrder() async {
    #expect(await (0..<20).concurrentResults(atMost: 1) { $0 } == Array(0..<20))
  }

  @Test func noElementIsNoCall() async {
    #expect(await [Int]().concurrentResults(atMost: 4) { $0 }.isEmpty)
  }

  @Test func failureEndsTheRest() async {
    let gauge = Gauge()
    await #expect(throws: Failure(number: 3)) {
      try await (0..<1_000).concurrentResults(atMost: 1) { number in
        await gauge.during {}
        if number == 3 { throw Failure(number: number) }
      }
    }
    #expect(gauge.begun == 4)
  }
}
