import ConfigCompiler
import ConfigModel
import Diagnostics
import LanguageServer
import TextFormats

/// A session played without a process: the repository is in memory, and events come in the order that a test wants.
struct Conversation {
  var session = LanguageSession()
  private(set) var sent: [JSON] = []
  private(set) var exitStatus: Int32?
  /// What the session wished for and has not got yet.
  private(set) var wishes: [LanguageSession.Action] = []
  var contents: Compiler.Contents = [:]

  static let root = "/repo"

  /// The example repository of the catalogue.
  init() {
    for entry in Example.base.entries {
      if case .text(let text) = entry.content { contents[entry.path] = Array(text.utf8) }
    }
  }

  mutating func send(_ message: JSON) { take(session.received([.body(Array(message.text().utf8))])) }
  mutating func send(raw bytes: [UInt8]) { take(session.received([.body(bytes)])) }

  mutating func request(_ id: Int, _ method: String, _ params: JSON = [:]) {
    send(["jsonrpc": "2.0", "id": .integer(id), "method": .string(method), "params": params])
  }

  mutating func notify(_ method: String, _ params: JSON = [:]) {
    send(["jsonrpc": "2.0", "method": .string(method), "params": params])
  }

  mutating func initialize() {
    request(0, "initialize", ["rootUri": .string("file://" + Self.root), "capabilities": [:]])
    notify("initialized")
  }

  mutating func open(_ path: String, _ text: String) {
    notify(
      "textDocument/didOpen",
      ["textDocument": ["uri": .string(uri(path)), "languageId": "yaml", "version": 1, "text": .string(text)]])
  }

  func uri(_ path: String) -> String { "file://\(Self.root)/\(path)" }

  func answer(_ id: Int) -> JSON? { sent.first { $0["id"]?.int == id && $0["method"] == nil } }

  private mutating func take(_ actions: [LanguageSession.Action]) {
    for action in actions {
      switch action {
      case .send(let message): sent.append(message)
      case .exit(let status): exitStatus = status
      case .findRepository, .read, .compile, .watchClient: wishes.append(action)
      }
    }
  }

  /// Fulfils wishes until there are none.
  mutating func settle() async {
    while !wishes.isEmpty {
      switch wishes.removeFirst() {
      case .findRepository:
        let entries = contents.keys.sorted().map { path in
          TreeEntry(path: path, kind: .file, size: contents[path]?.count ?? 0)
        }
        take(session.repositoryFound(Self.root, RepositoryTree(entries: entries), contents: contents))
      case .read(let paths): take(session.filesRead(paths.map { ($0, contents[$0]) }))
      case .compile:
        guard let input = session.takeCompile() else { continue }
        let compilation = await Compiler.compile(
          input.tree, contents: input.contents, now: Timestamp(unixSeconds: 1_780_272_000), reusing: input.earlier)
        take(session.compiled(compilation, input))
      case .send, .exit, .watchClient: break
      }
    }
  }
}
