import Diagnostics
import LanguageServer
import TextFormats
import TestSupport
import Testing

@Suite struct SessionTests {
  private let relay = "orgs/acme/relays/typed.yaml"

  private func place(_ conversation: Conversation, _ path: String, _ line: Int, _ character: Int) -> JSON {
    [
      "textDocument": ["uri": .string(conversation.uri(path))],
      "position": ["line": .integer(line), "character": .integer(character)],
    ]
  }

  @Test func aWaitingRequestCanBeCancelled() async {
    var conversation = Conversation()
    conversation.initialize()
    conversation.open(relay, "kind: Relay\n")
    conversation.request(1, "textDocument/hover", place(conversation, relay, 0, 1))
    conversation.request(2, "textDocument/hover", place(conversation, relay, 0, 1))
    #expect(conversation.answer(1) == nil && conversation.answer(2) == nil, "nothing is compiled yet")
    conversation.notify("$/cancelRequest", ["id": 1])
    #expect(conversation.answer(1)?["error"]?["code"]?.int == -32_800)
    await conversation.settle()
    #expect(conversation.answer(2)?["result"] != nil)
    conversation.notify("$/cancelRequest", ["id": 2])
    conversation.notify("$/cancelRequest", ["id": "unknown"])
    #expect(conversation.sent.count { $0["id"]?.int == 1 && $0["error"] != nil } == 1)
  }

  @Test func everyRequestIsAnsweredOnceAndInOrder() async {
    var conversation = Conversation()
    conversation.initialize()
    conversation.open(relay, "kind: Relay\n")
    for id in 1...20 {
      let method = ["hover", "completion", "documentSymbol", "definition", "codeAction"][id % 5]
      conversation.request(id, "textDocument/\(method)", place(conversation, relay, 0, 1))
    }
    conversation.request(21, "shutdown")
    conversation.notify("exit")
    #expect(conversation.exitStatus == nil, "what was asked before is answered first")
    await conversation.settle()
    let ids = conversation.sent.filter { $0["method"] == nil }.compactMap { $0["id"]?.int }
    #expect(ids == Array(0...21))
    #expect(conversation.exitStatus == 0)
  }

  @Test func phasesAreKept() async {
    var conversation = Conversation()
    conversation.request(1, "textDocument/hover")
    #expect(conversation.answer(1)?["error"]?["code"]?.int == -32_002)
    conversation.initialize()
    conversation.request(2, "initialize")
    #expect(conversation.answer(2)?["error"]?["code"]?.int == -32_600)
    conversation.request(3, "textDocument/semanticTokens/full")
    #expect(conversation.answer(3)?["error"]?["code"]?.int == -32_601)
    conversation.request(4, "textDocument/documentSymbol", ["textDocument": ["uri": "file:///repo/closed.yaml"]])
    #expect(conversation.answer(4)?["error"]?["code"]?.int == -32_602)
    conversation.request(5, "shutdown")
    #expect(conversation.answer(5)?["result"] == .null)
    conversation.request(6, "textDocument/documentSymbol")
    #expect(conversation.answer(6)?["error"]?["code"]?.int == -32_600)
  }

  @Test func aClientThatGoesAwayIsNoCleanEnd() {
    var conversation = Conversation()
    conversation.initialize()
    conversation.notify("exit")
    #expect(conversation.exitStatus == 1)
  }

  /// Edits while a compile runs: what it found about an older text is not shown, and the next one follows.
  @Test func diagnosticsNeverBelongToAnOlderText() async throws {
    var conversation = Conversation()
    conversation.initialize()
    conversation.open(relay, "kind: Relais\n")
    await conversation.settle()
    let first = try #require(conversation.sent.last { $0["method"]?.text == "textDocument/publishDiagnostics" })
    #expect(first["params"]?["diagnostics"]?.elements?.isEmpty == false)
    let whole: JSON = [
      "contentChanges": [["text": "# nothing\n"]],
      "textDocument": ["uri": .string(conversation.uri(relay)), "version": 2],
    ]
    conversation.notify("textDocument/didChange", whole)
    await conversation.settle()
    let last = try #require(conversation.sent.last { $0["method"]?.text == "textDocument/publishDiagnostics" })
    #expect(last["params"]?["uri"]?.text == conversation.uri(relay))
    #expect(last["params"]?["version"]?.int == 2 && last["params"]?["diagnostics"]?.elements?.isEmpty == true)
  }

  /// Bodies that are no messages, and messages that make no sense: an answer or silence, never an end.
  @Test func hostileMessagesAreSurvived() async throws {
    var random = SystemRandomNumberGenerator()
    var conversation = Conversation()
    conversation.initialize()
    conversation.open(relay, "kind: Relay\nspec:\n  keys: { names: [\n")
    await conversation.settle()
    let methods = [
      "initialize", "initialized", "textDocument/didOpen", "textDocument/didChange", "textDocument/didClose",
      "textDocument/didSave", "textDocument/hover", "textDocument/completion", "textDocument/definition",
      "textDocument/references", "textDocument/rename", "textDocument/prepareRename", "textDocument/codeAction",
      "textDocument/formatting", "textDocument/documentSymbol", "workspace/symbol", "workspace/didChangeWatchedFiles",
      "workspace/didChangeWorkspaceFolders", "$/cancelRequest", "$/setTrace", "nonsense",
    ]
    let uri = conversation.uri(relay)
    func value(_ depth: Int) -> JSON {
      let leaves: [JSON] = [
        .null, true, 0, -1, .integer(.max), .integer(.min), .number(1.5), "", .string(uri), "😀\u{0}",
        "file:///repo/../x",
        ["line": 0, "character": 3], ["line": .integer(.max), "character": .integer(.max)],
        ["line": -1, "character": 0],
        ["start": ["line": 1, "character": 9], "end": ["line": 0, "character": 0]],
        ["uri": .string(uri), "version": 3],
        ["uri": .string(uri), "text": "kind: Key\nspec:\n - [", "version": 1],
      ]
      guard depth < 4, Bool.random(using: &random) else { return leaves.randomElement(using: &random) ?? .null }
      if Bool.random(using: &random) {
        return .array((0..<Int.random(in: 0...3, using: &random)).map { _ in value(depth + 1) })
      }
      let names = [
        "textDocument", "position", "range", "contentChanges", "text", "changes", "newName", "context", "query",
        "event", "id",
      ]
      return .object(
        JSON.Members(names.filter { _ in Bool.random(using: &random) }.map { (name: $0, value: value(depth + 1)) }))
    }
    for round in 0..<3_000 {
      let message: JSON = [
        "jsonrpc": "2.0", "id": Bool.random(using: &random) ? .integer(round + 1_000) : value(3),
        "method": .string(methods.randomElement(using: &random) ?? ""), "params": value(0),
      ]
      var bytes = Array(message.text().utf8)
      if Int.random(in: 0..<3, using: &random) == 0, !bytes.isEmpty {
        for _ in 0..<Int.random(in: 1...4, using: &random) {
          bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
      }
      conversation.send(raw: bytes)
      if round % 20 == 0 { await conversation.settle() }
    }
    for bytes in [
      [], Array("[".utf8), [UInt8](repeating: UInt8(ascii: "["), count: 200_000), Array("[{}]".utf8), [0xFF, 0xFE],
    ] {
      conversation.send(raw: bytes)
      #expect(conversation.sent.last?["error"] != nil)
    }
    await conversation.settle()
    conversation.open("orgs/acme/keys/late.yaml", "kind: Key\n")
    conversation.request(
      999_999, "textDocument/documentSymbol",
      ["textDocument": ["uri": .string(conversation.uri("orgs/acme/keys/late.yaml"))]])
    await conversation.settle()
    #expect(conversation.answer(999_999)?["result"] != nil)
  }

  /// What a keystroke costs does not depend on the rest: only the changed file goes into the next compile.
  @Test func aKeystrokeReadsNothing() async throws {
    var conversation = Conversation()
    conversation.initialize()
    await conversation.settle()
    conversation.open(relay, "kind: Relay\n")
    let whole: JSON = [
      "contentChanges": [["text": "kind: Key\n"]],
      "textDocument": ["uri": .string(conversation.uri(relay)), "version": 2],
    ]
    conversation.notify("textDocument/didChange", whole)
    let isOnlyCompile = conversation.wishes.allSatisfy { if case .compile = $0 { true } else { false } }
    #expect(isOnlyCompile && !conversation.wishes.isEmpty)
    let taken = conversation.session.takeCompile()
    let input = try #require(taken)
    #expect(Array(input.contents.keys) == [relay])
  }
}
