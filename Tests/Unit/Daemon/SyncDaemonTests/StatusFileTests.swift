import FoundationEssentials
import RelayWire
import SyncEngine
import SyncService
import Synchronization
import TestSupport
import TextFormats
import Testing

@testable import SyncDaemon

/// One status document of several clusters.
@Suite struct StatusFileTests {
  private final class Seen: Sendable {
    let documents = Mutex<[JSON]>([])
    var last: JSON? { documents.withLock { $0.last } }
  }

  private static func condition(_ region: String, problem: String? = nil) -> SyncService.Condition {
    var condition = SyncService.Condition()
    condition.summaries[region] = PassSummary(commit: "c0ffee")
    condition.organizations = [SyncService.OrganizationCondition(org: "acme", relays: 2)]
    condition.drifted = ["acme": 1]
    condition.problem = problem
    return condition
  }

  private func withFile(_ body: (StatusFile, Seen, String) async throws -> Void) async throws {
    try await ExternalCommand.withFolder { folder in
      let seen = Seen()
      let file = StatusFile(source: "here", folder: try StateFolder("\(folder)/state")) { event in
        if case .document(let document) = event { seen.documents.withLock { $0.append(document) } }
      }
      try await body(file, seen, "\(folder)/state/status.json")
    }
  }

  @Test func allClustersAreInOneDocument() async throws {
    try await withFile { file, seen, path in
      #expect(await !file.isReady)
      let relay = RelayCondition(org: "acme", relay: "milan", status: .current, detail: "")
      await file.take(Self.condition("north"), health: ["north": [relay]], of: "a")
      await file.take(Self.condition("south", problem: "it failed"), health: ["south": [relay]], of: "b")
      let document = try #require(seen.last)
      #expect(document["regions"]?["north"]?["applied"]?.text == "c0ffee")
      #expect(document["regions"]?["south"]?["applied"]?.text == "c0ffee")
      #expect(document["problem"]?.text == "cluster `b`: it failed")
      let acme = document["organizations"]?.elements?.first
      #expect(acme?["current"]?.int == 2 && acme?["drifted"]?.int == 2 && acme?["relays"]?.int == 2)
      #expect(await file.isReady)
      let written = try JSON(parsing: #require(FileManager.default.contents(atPath: path)))
      #expect(written["problem"] == document["problem"] && written["regions"]?["south"]?["applied"]?.text == "c0ffee")
    }
  }

  @Test func aDarkClusterIsStaleAlone() async throws {
    try await withFile { file, seen, _ in
      await file.take(Self.condition("north"), health: ["north": []], of: "a")
      await file.take(Self.condition("south"), health: ["south": []], of: "b")
      #expect(await file.setDark("no route", "b"))
      #expect(await !file.setDark("still no route", "b"))
      let document = try #require(seen.last)
      let stale = document["regions"]?["south"]?["stale"]?.text ?? ""
      #expect(stale.hasPrefix("its cluster `b` does not answer since ") && stale.hasSuffix(": no route"))
      #expect(document["regions"]?["north"]?["stale"] == nil)
      #expect(document["problem"]?.text?.contains("the cluster `b` does not answer") == true)
      #expect(await file.setDark(nil, "b"))
      #expect(seen.last?["problem"] == nil && seen.last?["regions"]?["south"]?["stale"] == nil)
    }
  }

  @Test func whatAllClustersHaveIsSaidOnce() async throws {
    try await withFile { file, seen, _ in
      await file.take(Self.condition("north", problem: "no Git"), health: [:], of: "a")
      await file.take(Self.condition("south", problem: "no Git"), health: [:], of: "b")
      #expect(seen.last?["problem"]?.text == "no Git")
      #expect(await file.setNotice("the port is taken", about: "http"))
      #expect(await !file.setNotice("the port is taken", about: "http"))
      #expect(seen.last?["problem"]?.text == "no Git; the port is taken")
    }
  }
}
