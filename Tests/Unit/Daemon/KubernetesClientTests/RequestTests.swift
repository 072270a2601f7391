import KubernetesModel
import NIOHTTP1
import TestSupport
import Testing
import TextFormats

@testable import KubernetesClient

/// Requests with their retries, and what their errors say.
@Suite struct RequestTests {
  private typealias Answer = ScriptedServer.Answer

  @Test func aRequestHasItsTokenTypeAndBody() async throws {
    try await ScriptedServer.with(answering: { _, _ in .json(["ok": true], status: 201) }) { server, client in
      let answer = try await client.ask(
        .patch, "/api/v1/x?force=true", body: ["a": [1, "ö"]], contentType: "application/apply-patch+yaml")
      #expect(answer.status == 201)
      #expect(answer.body["ok"] == .bool(true))
      let request = try #require(server.requests.first)
      #expect(request.method == "PATCH")
      #expect(request.path == "/api/v1/x?force=true")
      #expect(request.token == "Bearer s3cret")
      #expect(request.headers.first(name: "Content-Type") == "application/apply-patch+yaml")
      #expect(request.headers.first(name: "Accept") == "application/json")
      #expect(request.body == #"{"a":[1,"ö"]}"#)
    }
  }

  /// Behind a server that is silent, each further request would wait for a time limit of its own.
  @Test(.timeLimit(.minutes(1))) func requestsAreRefusedOnceTheyAreBrokenOff() async throws {
    try await ScriptedServer.with(answering: { request, _ in request.path == "/silent" ? nil : .json([:]) }) {
      server, client in
      let waiting = Task { try await client.ask(.get, "/silent") }
      while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
      client.breakOff()
      await #expect(throws: KubernetesClientError.self) { try await waiting.value }
      let error = await #expect(throws: KubernetesClientError.self) { try await client.ask(.get, "/x") }
      #expect(error?.kind == .unavailable && error?.description.contains("the lease was lost") == true)
      #expect(server.requests.count == 1)
      client.resume()
      #expect(try await client.ask(.get, "/x").status == 200)
    }
  }

  @Test(arguments: [400, 403, 404, 409, 410, 422])
  func aFinalAnswerIsReturnedAtOnce(_ status: Int) async throws {
    try await ScriptedServer.with(answering: { _, _ in .refusal(status, "because of a rule") }) { server, client in
      let answer = try await client.ask(.put, "/x", body: [:])
      #expect(answer.status == UInt(status))
      #expect(server.requests.count == 1)
      let failure = answer.failure("ConfigMap a/b")
      #expect(failure.kind == .status(UInt(status)))
      #expect(failure.description == "ConfigMap a/b: because of a rule")
    }
  }

  @Test func anAnswerWithoutAMessageShowsItsStatus() async throws {
    try await ScriptedServer.with(answering: { _, _ in Answer(status: 404, body: "<html>not here</html>") }) {
      _, client in
      let answer = try await client.ask(.get, "/x")
      #expect(answer.body.text == "<html>not here</html>")
      #expect(answer.failure("/x").description == "/x: status 404")
    }
  }

  @Test(arguments: [429, 500, 503])
  func aServerThatIsBusyIsAskedAgain(_ status: Int) async throws {
    try await ScriptedServer.with(answering: { _, number in number == 1 ? .refusal(status, "busy") : .json(["n": 2]) })
    {
      server, client in
      let answer = try await client.ask(.get, "/x")
      #expect(answer.body["n"]?.int == 2)
      #expect(server.requests.count == 2)
    }
  }

  @Test func aServerThatStaysBusyIsUnavailable() async throws {
    try await ScriptedServer.with(answering: { _, _ in .refusal(503, "etcd is away") }) { server, client in
      let error = await #expect(throws: KubernetesClientError.self) { try await client.ask(.get, "/x", timeout: 10) }
      #expect(error?.kind == .unavailable)
      #expect(error?.description == "\(server.address): the server returned 503: etcd is away")
      // A caller with a limit of time wants one attempt.
      #expect(server.requests.count == 1)
    }
  }

  @Test func aRejectedTokenIsReadAgain() async throws {
    try await ExternalCommand.withFolder { folder in
      let file = "\(folder)/token"
      try ExternalCommand.write(Array("old".utf8), to: file)
      try await ScriptedServer.with(
        .tokenFile(file),
        answering: { request, _ in
          guard request.token == "Bearer old" else { return .json(["ok": true]) }
          try? ExternalCommand.write(Array("new".utf8), to: file)
          return .refusal(401, "Unauthorized")
        }
      ) { server, client in
        let answer = try await client.ask(.get, "/x")
        #expect(answer.status == 200)
        #expect(server.requests.map(\.token) == ["Bearer old", "Bearer new"])
      }
    }
  }

  @Test func anErrorDoesNotShowTheToken() async throws {
    try await ScriptedServer.with(answering: { _, _ in .refusal(401, "Unauthorized") }) { server, client in
      let error = await #expect(throws: KubernetesClientError.self) { try await client.ask(.get, "/x", timeout: 10) }
      #expect(error?.description == "\(server.address): the server does not accept our credentials")
    }
    let client = try KubernetesClient(
      ClusterAccess(
        server: "http://127.0.0.1:1", authority: nil, serverName: nil, credentials: .token("s3cret"),
        namespace: "default"))
    let error = await #expect(throws: KubernetesClientError.self) { try await client.ask(.get, "/x", timeout: 1) }
    await client.shutDown()
    #expect(error?.kind == .unavailable)
    #expect(error?.description.hasPrefix("http://127.0.0.1:1: ") == true)
    #expect(error?.description.contains("s3cret") == false)
  }

  @Test func aServerThatDoesNotAnswerHasALimit() async throws {
    try await ScriptedServer.with(answering: { _, _ in nil }) { server, client in
      let error = await #expect(throws: KubernetesClientError.self) { try await client.ask(.get, "/x", timeout: 0.2) }
      #expect(error?.kind == .unavailable)
      let raw = await #expect(throws: KubernetesClientError.self) {
        try await client.bytes("/log", limit: 100, timeout: 0.2)
      }
      #expect(raw?.kind == .unavailable)
      #expect(server.requests.count == 2)
    }
  }

  @Test func aLargeAnswerIsRefused() async throws {
    try await ScriptedServer.with(answering: { _, _ in Answer(body: String(repeating: "x", count: 101)) }) {
      _, client in
      let whole = try await client.bytes("/log", limit: 101, timeout: 10)
      #expect(whole.bytes.count == 101)
      let error = await #expect(throws: KubernetesClientError.self) {
        try await client.bytes("/log", limit: 100, timeout: 10)
      }
      #expect(error?.kind == .invalid)
      #expect(error?.description == "/log returned more than 100 bytes")
    }
  }

  @Test func theVersionIsParsed() async throws {
    try await ScriptedServer.with(answering: { _, _ in .json(["major": "1", "minor": "31+"]) }) { _, client in
      let version = try await client.version()
      #expect(version == KubernetesVersion(parsing: "1.31"))
    }
    try await ScriptedServer.with(answering: { _, _ in .json(["major": "1"]) }) { _, client in
      await #expect(throws: KubernetesClientError.self) { try await client.version() }
    }
  }
}
