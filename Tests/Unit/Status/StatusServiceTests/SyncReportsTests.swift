import FleetCollectors
import FleetMonitoring
import RelayWire
import StatusModel
import SyncEngine
import TestSupport
import Testing
import TextFormats

@testable import StatusService
@testable import SyncDaemon
@testable import SyncService

/// The status server reads what the daemon writes.
@Suite struct SyncReportsTests {
  private func inFile(_ json: JSON?, _ body: (DocumentReports) async throws -> Void) async throws {
    try await ExternalCommand.withFolder { folder in
      let file = "\(folder)/\(StatusDocument.file)"
      if let json { try ExternalCommand.write(Array(json.text(.indented).utf8), to: file) }
      try await body(DocumentReports(file: file))
    }
  }

  @Test func theDaemonsDocumentIsUnderstood() async throws {
    var summary = PassSummary(commit: String(repeating: "a", count: 40))
    summary.generation = 7
    summary.lastGood = ["globex": String(repeating: "b", count: 40)]
    var condition = SyncService.Condition()
    condition.summaries = ["eu-north": summary]
    condition.organizations = [
      SyncService.OrganizationCondition(org: "acme", relays: 4),
      SyncService.OrganizationCondition(org: "globex", errors: 2, isPinned: true),
    ]
    let statuses: [RelayPhase] = [.current, .inProgress, .failed, .stopped]
    let relays = statuses.enumerated().map { number, status in
      RelayCondition(
        org: "acme", relay: "r\(number)", status: status, detail: "d\(number)", endpoint: .known("h:\(number)"))
    }
    let document = StatusDocument.json(
      condition, source: "/relays (main)", health: ["eu-north": relays], now: 1_700_000_000_000)
    try await inFile(document) { reports in
      let report = try #require(try await reports.report(of: []))
      #expect(report.source == "/relays (main)")
      #expect(report.regions.map(\.applied) == [String(repeating: "a", count: 40)])
      #expect(report.regions.first?.generation == 7)
      #expect(report.regions.first?.lastGood == summary.lastGood)
      #expect(report.organizations["globex"]?.isKept == true)
      #expect(report.organizations["globex"]?.errors == 2)
      #expect(report.organizations["acme"]?.stays == false)
      let view = await reports.view()
      #expect(view.problem == nil)
      #expect(view.placements.map(\.relay.name) == ["r0", "r1", "r2", "r3"])
      #expect(view.placements.map(\.phase) == [.current, .inProgress, .failed, .stopped])
      #expect(view.placements.map(\.endpoint) == (0..<4).map { .known("h:\($0)") })
    }
  }

  @Test func anUnknownStatusIsNotGuessed() async throws {
    let relay: JSON = ["org": "acme", "relay": "r", "status": "improved", "detail": ""]
    try await inFile(["version": 1, "regions": ["eu-north": ["relays": [relay]]]]) { reports in
      #expect(await reports.view().placements.map(\.phase) == [.unknown])
    }
  }

  @Test func aMissingDocumentIsAProblem() async throws {
    try await inFile(nil) { reports in
      let report = try await reports.report(of: [])
      #expect(report == nil)
      let view = await reports.view()
      #expect(view.placements.isEmpty)
      #expect(view.problem != nil)
    }
  }
}
