import AuditLog
import ConfigCompiler
import ConfigModel
import FairShares
import FleetMonitoring
import NIOCore
import Testing

@testable import StatusModel
@testable import StatusServer

/// Each table of the server that has a bound: no one source fills it for all.
@Suite struct SharesTests {
  private func viewer(_ org: String?, _ name: String) -> Viewer {
    Viewer(
      kind: .user, rights: Rights(user: UserID(org: org, name: name), everywhere: [], inOrganization: [.relaysRead]),
      method: "token")
  }

  private func subscribe(_ hub: EventHub, _ viewer: Viewer) async -> AsyncStream<ByteBuffer>? {
    await hub.subscribe(viewer.scope, of: .viewer(viewer), after: nil) { _ in viewer.scope }
  }

  @Test func manyUsersOfOneOrganizationLeaveStreamsToOthers() async throws {
    var options = EventHub.Options()
    options.streams = 100
    options.streamsOfViewer = 20
    let hub = EventHub(options: options)
    let first = try #require(await subscribe(hub, viewer("acme", "anna")))
    var crowd: [AsyncStream<ByteBuffer>] = []
    for user in 0..<20 {
      for _ in 0..<20 { if let stream = await subscribe(hub, viewer("globex", "zed-\(user)")) { crowd.append(stream) } }
    }
    #expect(await hub.streams == 100)
    let second = try #require(await subscribe(hub, viewer("acme", "anna")))
    let third = try #require(await subscribe(hub, viewer(nil, "root")))
    await hub.close()
    for stream in [first, second, third] {
      var text = ""
      for await bytes in stream { text += String(buffer: bytes) }
      #expect(text.contains("shutdown") && !text.contains("crowded"))
    }
    var crowded = 0
    for stream in crowd {
      for await bytes in stream where String(buffer: bytes).contains("\"crowded\"") { crowded += 1 }
    }
    #expect(crowded == crowd.count - 97)
  }

  @Test func oneViewerHasSoManyStreams() async {
    var options = EventHub.Options()
    options.streamsOfViewer = 3
    let hub = EventHub(options: options)
    var kept: [AsyncStream<ByteBuffer>?] = []
    for _ in 0..<4 { kept.append(await subscribe(hub, viewer("acme", "anna"))) }
    #expect(kept.map { $0 != nil } == [true, true, true, false])
    #expect(await subscribe(hub, viewer("acme", "bert")) != nil)
  }

  @Test func manyAnswersOfOneLeaveThoseOfOthers() {
    let cache = ResponseCache(maxBytes: 1 << 20, maxCount: 64)
    func body(_ text: String) -> CachedBody { CachedBody(Array(text.utf8), contentType: "application/json") }
    let (anna, zed) = (viewer("acme", "anna"), viewer("globex", "zed"))
    cache.keep(body("anna's"), anna.scope, "/relays", [1], of: .viewer(anna))
    for number in 0..<1_000 {
      cache.keep(body("zed's \(number)"), zed.scope, "/relays?q=\(number)", [1], of: .viewer(zed))
    }
    #expect(cache.find(anna.scope, "/relays", [1])?.bytes == ByteBuffer(string: "anna's"))
    #expect(cache.find(zed.scope, "/relays?q=999", [1]) != nil)
    #expect(cache.find(zed.scope, "/relays?q=0", [1]) == nil)
  }

  @Test func manyMeasurementsOfOneLeaveThoseOfOthers() throws {
    func measurement(_ org: String, _ relay: Int, _ run: Int) throws -> Measurement {
      var entry = AuditEntry(time: 1_000, action: .diagnosticsRun, actor: AuditActor(user: "somebody"), org: org)
      entry.kind = "Relay"
      entry.name = "relay-\(relay)"
      entry.detail = DiagnosticRun(.ping, of: "192.0.2.1", .reached).detail
      let key = DiagnosticRun.key("\(org)-\(relay)-\(run)", hasEnded: true)
      return try #require(Measurement(try AuditRecord(after: .empty, key: key, bytes: entry.bytes)))
    }
    var all = Measurements()
    for run in 0..<3 { all.add(try measurement("acme", 1, run)) }
    for relay in 0..<300 {
      for run in 0..<Measurements.maxOfRelay { all.add(try measurement("globex", relay, run)) }
    }
    #expect(all[RelayID(org: "acme", name: "relay-1")].count == 3)
    #expect(all[RelayID(org: "globex", name: "relay-299")].count == Measurements.maxOfRelay)
    #expect(all[RelayID(org: "globex", name: "relay-0")].isEmpty)
    let kept = (0..<300).reduce(3) { $0 + all[RelayID(org: "globex", name: "relay-\($1)")].count }
    #expect(kept <= Measurements.maxCount && kept > Measurements.maxCount - 2 * Measurements.maxOfRelay)
  }

  @Test func pathsOfOnePageAreKeptOnce() {
    let cache = FileCache()
    let file = StaticFile(name: "index.html", bytes: Array("<p>".utf8), contentType: "text/html", isImmutable: false)
    for _ in 0..<100 { _ = cache.body(of: file) }
    #expect(cache.count == 1)
  }
}
