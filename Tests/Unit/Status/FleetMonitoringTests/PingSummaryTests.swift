import FleetMonitoring
import RelayWire
import Testing

@Suite struct PingSummaryTests {
  @Test func figuresAreTimesThatWereMeasured() throws {
    let pings = PingSummary(sent: 200, milliseconds: (1...100).map { Double($0) }.reversed())
    #expect(pings.received == 100 && pings.lossPercent == 50)
    let times = try #require(pings.times)
    #expect(times.minimum == 1 && times.maximum == 100 && times.mean == 50.5)
    #expect([times.median, times.percentile95, times.percentile99] == [50, 95, 99])
    #expect(times.jitter == 1)
    #expect(pings.text == "100 of 200 answered, 50.0 ms at the median")
  }

  @Test func jitterFollowsTheOrderOfTheAnswers() {
    #expect(PingSummary(sent: 4, milliseconds: [1, 3, 1, 3]).times?.jitter == 2)
    #expect(PingSummary(sent: 4, milliseconds: [1, 1, 3, 3]).times?.jitter == 2.0 / 3)
  }

  @Test func oneAndNone() throws {
    let one = try #require(PingSummary(sent: 1, milliseconds: [0.25]).times)
    #expect(one.jitter == nil)
    #expect([one.minimum, one.median, one.percentile99, one.maximum] == [0.25, 0.25, 0.25, 0.25])
    let none = PingSummary(sent: 4, milliseconds: [])
    #expect(none.times == nil && none.lossPercent == 100 && none.text == "0 of 4 answered")
    #expect(PingSummary(sent: 0, milliseconds: []).lossPercent == 0)
  }

  /// A relay is not trusted with its figures.
  @Test func nonsenseIsLeftOut() {
    let pings = PingSummary(sent: -1, milliseconds: [.nan, .infinity, -5, 2])
    #expect(pings.sent == 1 && pings.received == 1 && pings.times?.maximum == 2)
  }

  @Test(arguments: [
    (0, "0.00 ms"), (0.004, "0.00 ms"), (0.42, "0.42 ms"), (1.005, "1.00 ms"), (9.999, "10.00 ms"), (12.34, "12.3 ms"),
    (99.96, "100.0 ms"), (140.4, "140 ms"), (-1, "0.00 ms"), (1e300, "1000000000 ms"),
  ])
  func timesHaveThreeDigitsThatCount(_ milliseconds: Double, _ text: String) {
    #expect(Milliseconds.text(milliseconds) == text)
  }

  @Test func waysAreToldByTheirLastHop() {
    func way(_ hops: [(String?, Double?)], reached: Bool) -> String {
      var way = RelayStatistics.ProbeResult(name: "")
      (way.kind, way.reached) = ("traceroute", reached)
      way.hops = hops.enumerated().map { number, hop in
        RelayStatistics.Hop(
          number: number + 1, address: hop.0, milliseconds: hop.1.map { [$0, $0 + 1] } ?? [],
          reached: reached && number == hops.count - 1)
      }
      return way.summary
    }
    #expect(way([("192.0.2.1", 0.5)], reached: true) == "1 hop, 0.50 ms")
    #expect(way([("192.0.2.1", 0.5), (nil, nil), ("198.51.100.1", 7)], reached: true) == "3 hops, 7.00 ms")
    #expect(way([("192.0.2.1", 0.5), (nil, nil)], reached: false) == "hop 1 is the last that answers")
    #expect(way([(nil, nil)], reached: false) == "no hop answers")
    var failed = RelayStatistics.ProbeResult(name: "")
    failed.failure = "Network is unreachable"
    #expect(failed.summary == "Network is unreachable")
  }
}
