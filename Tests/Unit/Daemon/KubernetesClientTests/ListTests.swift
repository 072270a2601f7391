import Synchronization
import TestSupport
import Testing
import TextFormats

@testable import KubernetesClient

/// Lists by pages, and watches.
@Suite struct ListTests {
  private typealias Answer = ScriptedServer.Answer

  /// A page of a list.
  private static func page(_ names: [String], next: String? = nil) -> Answer {
    var metadata: JSON.Members = ["resourceVersion": "7"]
    if let next { metadata["continue"] = .string(next) }
    return .json(["items": .array(names.map { ["name": .string($0)] }), "metadata": .object(metadata)])
  }

  private func names(_ client: KubernetesClient) async throws -> (items: [String], resourceVersion: String) {
    try await client.list("/api/v1/secrets", labels: "wpex.io/org=acme,x") { $0["name"]?.text }
  }

  @Test func pagesAreJoined() async throws {
    try await ScriptedServer.with(answering: { request, number in
      number == 1 ? Self.page(["a", "b"], next: "to ken/") : Self.page(["c"])
    }) { server, client in
      let found = try await names(client)
      #expect(found.items == ["a", "b", "c"])
      #expect(found.resourceVersion == "7")
      #expect(
        server.requests.map(\.path) == [
          "/api/v1/secrets?labelSelector=wpex.io%2Forg%3Dacme%2Cx&limit=500",
          "/api/v1/secrets?labelSelector=wpex.io%2Forg%3Dacme%2Cx&limit=500&continue=to%20ken%2F",
        ])
    }
  }

  /// Half of an old list and half of a new one would be neither.
  @Test func aListThatExpiresIsStartedAgain() async throws {
    try await ScriptedServer.with(answering: { _, number in
      switch number {
      case 1: Self.page(["old"], next: "t")
      case 2: .refusal(410, "expired")
      default: Self.page(["new"])
      }
    }) { server, client in
      let found = try await names(client)
      #expect(found.items == ["new"])
      #expect(server.requests.count == 3)
    }
    try await ScriptedServer.with(answering: { _, _ in .refusal(410, "expired") }) { server, client in
      let error = await #expect(throws: KubernetesClientError.self) { _ = try await names(client) }
      #expect(error?.kind == .unavailable)
      #expect(server.requests.count == 3)
    }
  }

  @Test func anUnknownKindHasNoObjectsAndAForbiddenOneIsAFailure() async throws {
    try await ScriptedServer.with(answering: { _, _ in .refusal(404, "not found") }) { _, client in
      let found = try await names(client)
      #expect(found.items.isEmpty && found.resourceVersion.isEmpty)
    }
    try await ScriptedServer.with(answering: { _, _ in .refusal(403, "no list for you") }) { _, client in
      let error = await #expect(throws: KubernetesClientError.self) { _ = try await names(client) }
      #expect(error?.kind == .status(403))
      #expect(error?.description == "/api/v1/secrets: no list for you")
    }
  }

  // MARK: - Watches

  private static func event(_ type: String, _ name: String, version: String) -> String {
    #"{"type":"\#(type)","object":{"name":"\#(name)","metadata":{"resourceVersion":"\#(version)"}}}"# + "\n"
  }

  private func watch(_ body: String, status: Int = 200) async throws -> (events: [String], version: String?) {
    let events = Mutex<[String]>([])
    var version: String?
    try await ScriptedServer.with(answering: { _, _ in Answer(status: status, body: body) }) { server, client in
      version = try await client.watch("/api/v1/secrets", labels: "a=b", from: "5") { type, object in
        events.withLock { $0.append("\(type) \(object["name"]?.text ?? "")") }
      }
      #expect(server.requests.first?.path.hasSuffix("&labelSelector=a%3Db&resourceVersion=5") == true)
    }
    return (events.withLock { $0 }, version)
  }

  @Test func eventsArePassedOnAndBookmarksOnlyMoveTheVersion() async throws {
    let found = try await watch(
      Self.event("ADDED", "a", version: "6") + "not JSON\n" + Self.event("DELETED", "b", version: "7")
        + Self.event("BOOKMARK", "", version: "9"))
    #expect(found.events == ["ADDED a", "DELETED b"])
    #expect(found.version == "9")
  }

  @Test func aVersionThatIsTooOldMeansToListAgain() async throws {
    let expired = #"{"type":"ERROR","object":{"code":410}}"# + "\n"
    #expect(try await watch(Self.event("ADDED", "a", version: "6") + expired).version == nil)
    #expect(try await watch("", status: 410).version == nil)
    let other = #"{"type":"ERROR","object":{"code":500}}"# + "\n"
    #expect(try await watch(Self.event("ADDED", "a", version: "6") + other).version == "6")
  }

  @Test func aWatchThatMayNotStartIsAFailure() async throws {
    let error = await #expect(throws: KubernetesClientError.self) { _ = try await watch("", status: 403) }
    #expect(error?.kind == .status(403))
  }
}
