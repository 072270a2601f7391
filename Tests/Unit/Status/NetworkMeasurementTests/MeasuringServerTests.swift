import AuditLog
import FleetCollectors
import FleetMonitoring
import RelayWire
import TextFormats
import Testing

@testable import NetworkMeasurement

/// The client's side: where a token may be sent, and what an answer means.
@Suite struct MeasuringServerTests {
  @Test(arguments: [
    "http://wpex.example.org", "ftp://127.0.0.1", "wpex.example.org", "https://a:b@example.org", "https://h/?q",
  ])
  func aTokenIsNotSentThere(_ address: String) throws {
    #expect(throws: NetworkMeasurementError.self) { try MeasuringServer(address) }
  }

  @Test(arguments: ["https://wpex.example.org", "https://wpex.example.org:8443/", "http://127.0.0.1:8081"])
  func aTokenMayBeSentThere(_ address: String) throws { _ = try MeasuringServer(address) }

  private static let order = MeasuringOrder(.ping, of: "192.0.2.1", count: 2, timeout: 500)

  private func report(_ json: JSON, status: UInt = 200) throws -> MeasuringReport {
    let order = try #require(Self.order)
    return try MeasuringServer("https://wpex.example.org").report(
      (status, Array("\n\n\(json.text())".utf8)), order, MeasuringWorld.relay, UntrustedText(hiding: "hidden"))
  }

  @Test(arguments: DiagnosticRun.Kind.allCases)
  func aResultIsTheSameThroughAServer(_ kind: DiagnosticRun.Kind) throws {
    var found = MeasuringWorld.answer([1.5, 2])
    if kind == .traceroute {
      found.kind = "traceroute"
      found.hops = [
        RelayStatistics.Hop(number: 1, address: nil, milliseconds: [], reached: false),
        RelayStatistics.Hop(number: 2, address: "192.0.2.1", milliseconds: [3, 2.25], reached: true),
      ]
    }
    let result =
      switch kind {
      case .ping: MeasuringResult(ping: found)
      case .traceroute: MeasuringResult(traceroute: found)
      case .bench: MeasuringResult(bench: [found])
      }
    let report = MeasuringReport(
      id: "1", kind: kind, relay: MeasuringWorld.relay, target: "192.0.2.1", caller: "acme/erik", result: result)
    let order = try #require(MeasuringOrder(kind, of: "192.0.2.1", count: 2, timeout: 500))
    let read = try #require(
      MeasuringReport(report.json, of: order, from: MeasuringWorld.relay, UntrustedText(hiding: "")))
    #expect(read.json == report.json)
    #expect(read.text == report.text)
    #expect(MeasuringOrder(order.json) == order)
  }

  @Test(arguments: [
    (401, NetworkMeasurementError.Kind.refused), (403, .refused), (404, .refused), (422, .refused), (429, .failed),
    (503, .failed), (400, .failed),
  ])
  func aProblemHasItsExitCode(_ status: Int, _ kind: NetworkMeasurementError.Kind) throws {
    let problem: JSON = [
      "type": "https://wpex.io/problems/unknown-relay", "status": .integer(status), "detail": "no\u{1B} hidden token",
    ]
    // A measurement that had begun answers 200, whatever its end.
    for outer in [200, UInt(status)] {
      let failure = #expect(throws: NetworkMeasurementError.self) { try report(problem, status: outer) }
      #expect(failure?.kind == kind)
      #expect(failure?.description == "no  … token")
    }
  }

  @Test(
    arguments: [
      ["type": "https://wpex.io/problems/not-found", "status": 404, "detail": "x"], [:], ["kind": "ping"],
    ] as [JSON])
  func whatTakesNoMeasurementsIsNamed(_ json: JSON) throws {
    let failure = #expect(throws: NetworkMeasurementError.self) { try report(json, status: 404) }
    #expect(failure?.kind == .failed)
    #expect(failure?.description.contains("`http.measurements`") == true)
  }
}
