import RelayWire
import AuditLog
import FleetMonitoring
import TextFormats
import Testing

@testable import NetworkMeasurement

@Suite struct MeasuringResultTests {
  @Test func eachPingHasALine() {
    let result = MeasuringResult(ping: MeasuringWorld.answer([1.5, 20]))
    #expect(result.outcome == .reached)
    #expect(result.text == "to 192.0.2.1\n1  1.50 ms\n2  20.0 ms\n2 of 2 answered, 1.50 ms at the median")
    #expect(result.members["lossPercent"] == .number(0))
    #expect(result.members["times"]?["maximum"] == .number(20))
  }

  @Test func aRouteHasARowForEachHop() {
    var found = RelayStatistics.ProbeResult(name: "")
    found.kind = "traceroute"
    found.address = "192.0.2.9"
    found.reached = true
    found.hops = [
      RelayStatistics.Hop(number: 1, address: nil, milliseconds: [], reached: false),
      RelayStatistics.Hop(number: 2, address: "192.0.2.9", milliseconds: [3, 2], reached: true),
    ]
    let result = MeasuringResult(traceroute: found)
    #expect(result.outcome == .reached)
    #expect(result.summary == "2 hops, 2.00 ms")
    let hops = result.members["hops"]?.elements ?? []
    #expect(hops.map { $0["address"] } == [.null, .string("192.0.2.9")])
    #expect(result.text.split(separator: "\n").count == 5)
    #expect(result.text.contains("1    *"))
  }

  @Test func roundsAreOneSeries() {
    let result = MeasuringResult(bench: [MeasuringWorld.answer([1, 3]), MeasuringWorld.answer([5])])
    #expect(result.outcome == .reached)
    #expect(result.summary == "3 of 4 answered, 3.00 ms at the median")
    #expect(result.members["sent"] == .integer(4))
    #expect(result.members["lossPercent"] == .number(25))
    #expect(result.text.contains("maximum  5.00 ms"))
  }

  @Test func aRelayThatCouldNotSendHasFailed() {
    let result = MeasuringResult(bench: [MeasuringWorld.answer([], failure: "no route")])
    #expect(result.outcome == .failed)
    #expect(result.failure == "no route")
    #expect(result.members["failure"]?.text == "no route")
    #expect(MeasuringResult(bench: []).outcome == .unanswered)
  }

  /// Names come from the relay, which is not trusted.
  @Test func controlCharactersOfARelayAreMadeVisible() {
    var found = MeasuringWorld.answer([1])
    found.address = "a\u{1B}[2J"
    #expect(!MeasuringResult(ping: found).text.unicodeScalars.contains("\u{1B}"))
  }
}
