import FleetMonitoring
import FleetCollectors
import RelayWire
import Testing

/// What relays answer that refuse, fail or lie; Tests/EndToEnd/status asks real ones.
@Suite struct RelayDiagnosticsTests {
  private static let token = String(repeating: "a1", count: 32)

  private func ping(_ manner: FaultyServer.Manner) async throws -> Result<
    RelayStatistics.ProbeResult, RelayDiagnosticError
  > {
    let server = try await FaultyServer(manner)
    let diagnostics = RelayDiagnostics(.http("127.0.0.1:\(server.port)"), token: Self.token)
    let result: Result<RelayStatistics.ProbeResult, RelayDiagnosticError>
    do throws(RelayDiagnosticError) {
      result = .success(try await diagnostics.ping("192.0.2.1", count: 1, timeout: 50))
    } catch {
      result = .failure(error)
    }
    await diagnostics.shutDown()
    await server.stop()
    return result
  }

  private static func problem(_ status: String, _ detail: String) -> FaultyServer.Manner {
    .answer(FaultyServer.http(Array(#"{"title": "x", "detail": "\#(detail)"}"#.utf8), status: status))
  }

  @Test(
    arguments: [
      (problem("400 Bad Request", "224.0.0.1 is a multicast address"), .refused, "224.0.0.1 is a multicast address"),
      (problem("401 Unauthorized", "no"), .unauthorized, "no"), (problem("403 Forbidden", "no"), .unauthorized, "no"),
      (problem("500 Internal Server Error", "no"), .strange, "status 500"),
      (problem("302 Found", "no"), .strange, "status 302"),
      (.answer(FaultyServer.http(Array("<html>".utf8))), .strange, "is not a relay"),
      (.answer(FaultyServer.http(Array("{}".utf8))), .strange, "is not a relay"),
      (
        .answer(FaultyServer.http(Array(#"{"kind": "Status", "message": "no endpoints"}"#.utf8), status: "503 X")),
        .unreachable, "no endpoints"
      ), (.answer([]), .unreachable, "127.0.0.1"), (.flood, .strange, "bytes"),
    ] as [(FaultyServer.Manner, RelayDiagnosticError.Kind, String)])
  func failuresAreToldApart(_ manner: FaultyServer.Manner, _ kind: RelayDiagnosticError.Kind, _ words: String)
    async throws
  {
    guard case .failure(let failure) = try await ping(manner) else {
      Issue.record("it must fail")
      return
    }
    #expect(failure.kind == kind)
    #expect(failure.description.contains(words), "\(failure)")
  }

  /// Whatever has the port of a relay is sent the token, and might send it back into a log.
  @Test func wordsFromOutsideAreOneLineWithoutTheToken() async throws {
    let detail = #"Bearer \#(Self.token)\n\u001b[2Jnext \#(String(repeating: "x", count: 1_000))"#
    guard case .failure(let failure) = try await ping(Self.problem("400 Bad Request", detail)) else {
      Issue.record("it must fail")
      return
    }
    #expect(failure.description.hasPrefix("Bearer …  [2Jnext x") && failure.description.count == 300)
    let answer = #"{"kind": "ping", "reached": false, "failure": "\#(Self.token)\r\n", "address": "\#(Self.token)"}"#
    let found = try await ping(.answer(FaultyServer.http(Array(answer.utf8)))).get()
    #expect(found.failure?.contains(Self.token) == false && found.address == "…")
  }

  @Test func nobodyThere() async throws {
    let diagnostics = RelayDiagnostics(.http("127.0.0.1:1"), token: Self.token)
    await #expect(throws: RelayDiagnosticError.self) {
      try await diagnostics.ping("192.0.2.1", count: 1, timeout: 50)
    }
    await diagnostics.shutDown()
  }
}
