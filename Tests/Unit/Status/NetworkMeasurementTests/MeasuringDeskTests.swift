import AuditLog
import AuditStores
import ConfigModel
import FleetCollectors
import FleetMonitoring
import MeasurementRoute
import Synchronization
import TestSupport
import TextFormats
import Testing

@testable import NetworkMeasurement

/// A user with nothing but an API token: the right, the records and the limits of a server.
@Suite struct MeasuringDeskTests {
  /// A desk over the world's relays, and the calls to them.
  private final class Desk: Sendable {
    let world: MeasuringWorld
    let desk: MeasuringDesk
    let made: Calls

    init(
      _ world: MeasuringWorld, limits: MeasuringLimits = MeasuringLimits(now: { 1_000 }), proxies: [String] = [],
      isLogThere: Bool = true,
      _ outcome: Result<MeasuringResult, RelayDiagnosticError> = .success(
        MeasuringResult(ping: MeasuringWorld.answer()))
    ) {
      self.world = world
      let calls = Calls()
      self.made = calls
      desk = MeasuringDesk(
        site: { world }, proxies: proxies.compactMap { IPNetwork($0) }, limits: limits,
        measure: { order, _ throws(RelayDiagnosticError) in
          calls.add(order)
          return try outcome.get()
        }
      ) { append in
        guard isLogThere else { throw AuditError(.unavailable, "postgres://secret@db.example.org does not answer") }
        try await AuditLocation.sqlite(path: "\(world.folder)/audit.sqlite").append(append)
      }
    }

    /// - Parameter user: nil sends no token.
    func ask(
      _ user: String?, from relay: RelayID = MeasuringWorld.relay, peer: String? = "192.0.2.7",
      forwardedFor: [String] = [], body: JSON = MeasuringDeskTests.body
    ) async -> JSON {
      let call = MeasurementRoute.Call(
        org: relay.org, relay: relay.name, bearer: user.map { "token of \($0)".filter { $0 != " " } }, peer: peer,
        forwardedFor: forwardedFor, body: Array(body.text().utf8))
      switch await desk.answer(call) {
      case .refused(let refusal): return refusal.json
      case .begun(let finish): return await finish()
      }
    }
  }

  private final class Calls: Sendable {
    private let all = Mutex<[MeasuringOrder]>([])
    func add(_ order: MeasuringOrder) { all.withLock { $0.append(order) } }
    var orders: [MeasuringOrder] { all.withLock { $0 } }
  }

  private static let body: JSON = ["kind": "ping", "target": "192.0.2.1", "count": 2, "timeoutMilliseconds": 500]

  private func inWorld(_ body: (MeasuringWorld) async throws -> Void) async throws {
    try await ExternalCommand.withFolder { try await body(MeasuringWorld($0)) }
  }

  @Test func anEngineerMeasuresAndBothRecordsAreThere() async throws {
    try await inWorld { world async throws in
      let desk = Desk(world)
      let answer = await desk.ask("acme/erik")
      #expect(answer["outcome"]?.text == "reached" && answer["by"]?.text == "acme/erik")
      let order = try #require(desk.made.orders.first)
      #expect(order == MeasuringOrder(.ping, of: "192.0.2.1", count: 2, timeout: 500))
      #expect(
        try await world.records() == [
          ["acme/erik", "acme", "north-1", "ping 192.0.2.1: begun"],
          ["acme/erik", "acme", "north-1", "ping 192.0.2.1: reached; 2 of 2 answered, 1.00 ms at the median"],
        ])
    }
  }

  @Test func aViewerIsRefusedAndRecorded() async throws {
    try await inWorld { world async throws in
      let desk = Desk(world)
      let answer = await desk.ask("acme/vera")
      #expect(answer["status"]?.int == 403)
      #expect(answer["detail"]?.text?.contains("`diagnostics:run` in acme") == true)
      #expect(desk.made.orders.isEmpty)
      #expect(
        try await world.records() == [
          ["acme/vera", "acme", "north-1", "ping 192.0.2.1: refused; the permission diagnostics:run is missing"]
        ])
    }
  }

  @Test func aForeignRelayIsMissing() async throws {
    try await inWorld { world async throws in
      let desk = Desk(world)
      let foreign = await desk.ask("globex/gina")
      let missing = await desk.ask("globex/gina", from: RelayID(org: "acme", name: "north-2"))
      let strange = await desk.ask("globex/gina", from: RelayID(org: "acme", name: "NORTH"))
      #expect([foreign, missing, strange].map { $0["status"]?.int } == [404, 404, 404])
      #expect(
        foreign["detail"]?.text?.replacing("north-1", with: "X")
          == missing["detail"]?.text?.replacing("north-2", with: "X"))
      #expect(try await world.records().map { $0[1] } == [""])
    }
  }

  @Test func withoutATokenNothingIsLookedUp() async throws {
    try await inWorld { world async throws in
      let desk = Desk(world)
      #expect(await desk.ask(nil)["status"]?.int == 401)
      #expect(try await world.records().isEmpty)
    }
  }

  /// Whoever has no token fills neither the log nor the processor.
  @Test func wrongTokensAreSlowedDownAndRecordedOnce() async throws {
    try await inWorld { world async throws in
      let time = Mutex(1_000.0)
      let desk = Desk(world, limits: MeasuringLimits(now: { time.withLock { $0 } }))
      for _ in 0..<5 { #expect(await desk.ask("acme/nobody")["status"]?.int == 401) }
      let limited = await desk.ask("acme/erik")
      #expect(limited["status"]?.int == 429 && limited["detail"]?.text?.contains("in 2 s") == true)
      // Another network is not affected.
      #expect(await desk.ask("acme/erik", peer: "198.51.100.9")["outcome"]?.text == "reached")
      time.withLock { $0 += 2 }
      #expect(await desk.ask("acme/erik")["outcome"]?.text == "reached")
      let records = try await world.records().filter { $0[0].isEmpty }
      #expect(
        records == [
          [
            "", "", "acme/north-1",
            "ping 192.0.2.1: refused; the token belongs to no active user in the applied commit, or has expired (from "
              + "192.0.2.7)",
          ]
        ])
    }
  }

  /// Only a trusted proxy may name the client in a header.
  @Test func anAllowlistHoldsForTheTrueAddress() async throws {
    try await inWorld { world async throws in
      let direct = Desk(world)
      #expect(await direct.ask("acme/erik", peer: "192.0.2.7")["outcome"]?.text == "reached")
      let forged = await direct.ask("acme/erik", peer: "203.0.113.5", forwardedFor: ["192.0.2.7"])
      #expect(forged["status"]?.int == 401)
      #expect(forged["detail"]?.text == "the `ipAllowlist` of `acme/erik` does not allow the address 203.0.113.5")
      let proxied = Desk(world, proxies: ["203.0.113.0/24"])
      func ask(_ client: String) async -> JSON {
        await proxied.ask("acme/erik", peer: "203.0.113.5", forwardedFor: ["192.0.2.8", client])
      }
      #expect(await ask("192.0.2.7")["outcome"]?.text == "reached")
      #expect(await ask("203.0.114.1")["status"]?.int == 401)
      #expect(await proxied.ask("acme/erik", peer: nil)["status"]?.int == 401)
    }
  }

  @Test func whatARelayRefusesIsARefusal() async throws {
    try await inWorld { world async throws in
      let desk = Desk(world, .failure(RelayDiagnosticError(.refused, "10.0.0.1 is a private address")))
      let answer = await desk.ask("acme/erik")
      #expect(answer["status"]?.int == 422)
      #expect(answer["detail"]?.text == "relay `acme/north-1` does not measure: 10.0.0.1 is a private address")
      #expect(try await world.records().last?[3] == "ping 192.0.2.1: refused; 10.0.0.1 is a private address")
      let silent = Desk(world, .failure(RelayDiagnosticError(.unreachable, "no answer")))
      #expect(await silent.ask("acme/erik")["status"]?.int == 503)
    }
  }

  /// The log's failure may name the database.
  @Test func withoutALogNothingIsMeasured() async throws {
    try await inWorld { world async throws in
      let desk = Desk(world, isLogThere: false)
      let answer = await desk.ask("acme/erik")
      #expect(answer["status"]?.int == 503)
      #expect(answer["detail"]?.text == "cannot measure, because the audit log is not writable")
      #expect(desk.made.orders.isEmpty)
    }
  }

  @Test(
    arguments: [
      [:], ["kind": "ping"],
      ["kind": "ping", "target": "192.0.2.1", "count": 21, "timeoutMilliseconds": 500],
      ["kind": "ping", "target": "two words", "count": 1, "timeoutMilliseconds": 500],
      ["kind": "ping", "target": "192.0.2.1", "count": 1, "timeoutMilliseconds": 5_001],
      ["kind": "ping", "target": "192.0.2.1", "maxHops": 1, "timeoutMilliseconds": 500],
      ["kind": "scan", "target": "192.0.2.1", "count": 1, "timeoutMilliseconds": 500],
      ["kind": "ping", "target": "192.0.2.1", "count": 1, "timeoutMilliseconds": 500, "privateTargets": true],
    ] as [JSON])
  func whatIsNotUnderstoodIsNotMeasured(_ body: JSON) async throws {
    try await inWorld { world async throws in
      let desk = Desk(world)
      #expect(await desk.ask("acme/erik", body: body)["status"]?.int == 400)
      #expect(try await world.records().isEmpty && desk.made.orders.isEmpty)
    }
  }

  @Test func aUserThatMeasuresAllTheTimeHasToWait() async throws {
    try await inWorld { world async throws in
      let desk = Desk(world)
      for _ in 0..<Int(MeasuringLimits.burst) { #expect(await desk.ask("acme/vera")["status"]?.int == 403) }
      let limited = await desk.ask("acme/vera")
      #expect(limited["status"]?.int == 429)
      #expect(await desk.ask("acme/erik")["outcome"]?.text == "reached")
      // Nor is the log filled.
      #expect(try await world.records().count == Int(MeasuringLimits.burst) + 2)
    }
  }

  /// A client that goes away ends the measurement, and the record says so.
  @Test func whatIsCancelledIsRecordedAsSuch() async throws {
    try await inWorld { world async throws in
      let desk = MeasuringDesk(
        site: { world }, proxies: [],
        measure: { _, _ throws(RelayDiagnosticError) in
          do { try await Task.sleep(for: .seconds(60)) } catch {}
          throw RelayDiagnosticError(.unreachable, "given up")
        }
      ) { try await AuditLocation.sqlite(path: "\(world.folder)/audit.sqlite").append($0) }
      let call = MeasurementRoute.Call(
        org: "acme", relay: "north-1", bearer: "tokenofacme/erik", peer: "192.0.2.7", body: Array(Self.body.text().utf8)
      )
      guard case .begun(let finish) = await desk.answer(call) else { return #expect(Bool(false)) }
      let work = Task { await finish() }
      work.cancel()
      #expect(await work.value["status"]?.int == 503)
      #expect(
        try await world.records().last?[3] == "ping 192.0.2.1: failed; interrupted before the relay was done")
    }
  }
}
