import GitStore
import SyncEngine
import Synchronization
import TextFormats
import Testing

@testable import DeploymentPlanning
@testable import SyncDaemon

@Suite struct StructuredLogTests {
  private final class Lines: Sendable {
    private let all = Mutex<[String]>([])
    func add(_ line: String) { all.withLock { $0.append(line) } }
    func parsed() throws -> [JSON] { try all.withLock { try $0.map { try JSON(parsing: Array($0.utf8)) } } }
  }

  @Test func eachEventIsALineOfJSON() throws {
    let lines = Lines()
    let log = StructuredLog(onLine: lines.add)
    log.show(.refused(Samples.commit("a"), reason: "not \"signed\"\nby anybody"))
    log.show(.held(region: "eu", SyncPlan.Hold(org: "acme", reason: .nothingDeclared), digest: "0123"))
    log.show(.passFailed(reason: "no network", pause: 1.2))
    log.show(.checkpointSigned(record: 7))
    let parsed = try lines.parsed()
    #expect(parsed.compactMap { $0["event"]?.text } == ["refused", "held", "failed", "checkpoint"])
    #expect(parsed.compactMap { $0["level"]?.text } == ["error", "warning", "error", "info"])
    #expect(parsed.allSatisfy { $0["time"]?.text?.hasSuffix("Z") == true })
    #expect(parsed[0]["reason"]?.text == "not \"signed\"\nby anybody")
    #expect(parsed[0]["commit"]?.text == String(repeating: "a", count: 40))
    #expect(parsed[1]["org"]?.text == "acme")
    #expect(parsed[1]["digest"]?.text == "0123")
    #expect(parsed[2]["retrySeconds"]?.int == 2)
    #expect(parsed[3]["sequence"]?.int == 7)
  }

  @Test func theSameFailureIsLoggedOnce() throws {
    let lines = Lines()
    let log = StructuredLog(onLine: lines.add)
    for _ in 0..<3 { log.show(.passFailed(reason: "no network", pause: 1)) }
    #expect(try lines.parsed().count == 1)
  }

  @Test func aRegionWithoutChangesIsNotLogged() throws {
    let lines = Lines()
    let log = StructuredLog(onLine: lines.add)
    log.show(.finished(region: "eu", PassSummary(commit: "c")))
    var summary = PassSummary(commit: "c")
    summary.generation = 3
    summary.created = 2
    log.show(.finished(region: "eu", summary))
    let parsed = try lines.parsed()
    #expect(parsed.count == 1)
    #expect(parsed.first?["event"]?.text == "applied")
    #expect(parsed.first?["generation"]?.int == 3)
    #expect(parsed.first?["outcome"]?.text == "2 created, 0 unchanged")
  }
}
