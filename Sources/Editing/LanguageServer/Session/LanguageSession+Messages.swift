import Diagnostics
import TextFormats

extension LanguageSession {
  mutating func handle(_ message: RPCMessage) {
    switch message {
    case .fault(let id, let error): actions.append(.send(.response(id, error)))
    case .response: break
    case .notification(let method, let params): notify(method, params)
    case .request(let id, let method, let params):
      do throws(RPCError) {
        let result = try answer(method, params)
        actions.append(.send(.response(id, result)))
      } catch {
        actions.append(.send(.response(id, error)))
      }
      if method == "initialize", phase == .running { search() }
    }
  }

  // MARK: - Requests

  private mutating func answer(_ method: String, _ params: JSON) throws(RPCError) -> JSON {
    switch (method, phase) {
    case ("initialize", .uninitialized): return initialize(params)
    case (_, .uninitialized): throw RPCError(.serverNotInitialized, "the first request is `initialize`")
    case ("initialize", _): throw RPCError(.invalidRequest, "the server is initialized already")
    case (_, .shutDown): throw RPCError(.invalidRequest, "the server was asked to shut down: only `exit` can follow")
    case ("shutdown", _):
      phase = .shutDown
      return .null
    default: break
    }
    guard let method = Method(rawValue: method) else {
      throw RPCError(.methodNotFound, "`\(method)` is not supported")
    }
    if method == .workspaceSymbol { return workspace.workspaceSymbols(params["query"]?.text ?? "") }
    guard let uri = params["textDocument"]?["uri"]?.text else {
      throw RPCError(.invalidParams, "`textDocument.uri` is missing")
    }
    guard let document = workspace.documents[uri] else {
      throw RPCError(.invalidParams, "`\(uri)` is not open")
    }
    switch method {
    case .documentSymbol: return workspace.documentSymbols(document)
    case .formatting: return try workspace.formatting(document)
    case .codeAction:
      let range = try self.range(params["range"], in: document)
      return workspace.codeActions(document, in: range, only: params["context"]?["only"]?.elements?.compactMap(\.text))
    case .hover, .completion, .definition, .references, .prepareRename, .rename, .workspaceSymbol: break
    }
    let offset = try offset(params["position"], in: document)
    switch method {
    case .hover: return workspace.hover(document, at: offset)
    case .completion: return Completion(workspace, document).items(at: offset)
    case .definition: return workspace.definition(document, at: offset)
    case .references:
      let withDeclaration = params["context"]?["includeDeclaration"] == .bool(true)
      return workspace.references(document, at: offset, withDeclaration: withDeclaration)
    case .prepareRename: return try workspace.prepareRename(document, at: offset)
    case .rename:
      guard let name = params["newName"]?.text else { throw RPCError(.invalidParams, "`newName` is missing") }
      return try workspace.rename(document, at: offset, to: name)
    case .documentSymbol, .formatting, .codeAction, .workspaceSymbol: return .null
    }
  }

  private mutating func initialize(_ params: JSON) -> JSON {
    phase = .running
    workspace.client = ClientCapabilities(params["capabilities"] ?? .null)
    if workspace.client.encodings.contains(PositionEncoding.utf8.rawValue) { workspace.encoding = .utf8 }
    if let process = params["processId"]?.int, process > 0 { actions.append(.watchClient(process)) }
    folders = (params["workspaceFolders"]?.elements ?? []).compactMap { $0["uri"]?.text }.compactMap(FileURI.path)
    if folders.isEmpty {
      folders = [params["rootUri"]?.text.flatMap(FileURI.path) ?? params["rootPath"]?.text].compactMap { $0 }
    }
    return [
      "capabilities": [
        "positionEncoding": .string(workspace.encoding.rawValue),
        "textDocumentSync": ["openClose": true, "change": 2, "save": ["includeText": false]],
        "hoverProvider": true,
        "completionProvider": ["triggerCharacters": Self.triggers, "resolveProvider": false],
        "definitionProvider": true, "referencesProvider": true, "renameProvider": ["prepareProvider": true],
        "codeActionProvider": ["codeActionKinds": ["quickfix", .string(Workspace.fixAll)]],
        "documentFormattingProvider": true, "documentSymbolProvider": true, "workspaceSymbolProvider": true,
        "workspace": [
          "workspaceFolders": ["supported": true, "changeNotifications": true],
          "fileOperations": ["didCreate": Self.anyFile, "didRename": Self.anyFile, "didDelete": Self.anyFile],
        ],
      ], "serverInfo": ["name": "wpex", "version": .string(WpexVersion.text)],
    ]
  }

  /// Characters after which editors ask for completions: those of YAML, and those of rules' expressions.
  private static let triggers: JSON = [":", " ", "[", ",", "{", "-", ".", "(", "'"]
  private static let anyFile: JSON = ["filters": [["scheme": "file", "pattern": ["glob": "**"]]]]

  private func position(_ json: JSON?) throws(RPCError) -> EditorPosition {
    guard let line = json?["line"]?.int, let character = json?["character"]?.int, line >= 0, character >= 0 else {
      throw RPCError(.invalidParams, "a position has a `line` and a `character`, both from 0")
    }
    return EditorPosition(line: line, character: character)
  }

  private func offset(_ json: JSON?, in document: OpenDocument) throws(RPCError) -> Int {
    document.text.offset(of: try position(json), workspace.encoding)
  }

  private func range(_ json: JSON?, in document: OpenDocument) throws(RPCError) -> Range<Int> {
    let start = try offset(json?["start"], in: document)
    let end = try offset(json?["end"], in: document)
    return min(start, end)..<max(start, end)
  }

  // MARK: - Notifications

  private mutating func notify(_ method: String, _ params: JSON) {
    if method == "exit" { return exit(phase == .shutDown ? 0 : 1) }
    guard phase == .running else { return }
    switch method {
    case "initialized": if workspace.client.watchesFiles { watch() }
    case "textDocument/didOpen": open(params["textDocument"] ?? .null)
    case "textDocument/didChange": change(params)
    case "textDocument/didSave": saved(params["textDocument"]?["uri"]?.text)
    case "textDocument/didClose": close(params["textDocument"]?["uri"]?.text)
    case "workspace/didChangeWatchedFiles": filesChanged(params["changes"]?.elements ?? [])
    case "workspace/didChangeWorkspaceFolders": foldersChanged(params["event"] ?? .null)
    // These may concern folders, whose content watchers do not report.
    case "workspace/didCreateFiles", "workspace/didRenameFiles", "workspace/didDeleteFiles": search()
    default: break
    }
  }

  private mutating func open(_ item: JSON) {
    guard let uri = item["uri"]?.text, let text = item["text"]?.text else {
      return log("an opened document without uri or text is ignored", type: 2)
    }
    workspace.documents[uri] = OpenDocument(
      uri: uri, path: workspace.repositoryPath(of: uri), version: item["version"]?.int ?? 0,
      text: EditorText(Array(text.utf8)), revision: 0)
    show(uri)
    if workspace.root == nil, !isSearching, folders.isEmpty, let path = FileURI.path(of: uri) {
      search([path.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }])
    }
  }

  private mutating func change(_ params: JSON) {
    guard let uri = params["textDocument"]?["uri"]?.text, var document = workspace.documents[uri] else {
      return log("a change of a document that is not open is ignored", type: 2)
    }
    for change in params["contentChanges"]?.elements ?? [] {
      guard let text = change["text"]?.text else {
        log("a change of \(uri) without text is ignored", type: 2)
        continue
      }
      guard let range = change["range"] else {
        document.text = EditorText(Array(text.utf8))
        continue
      }
      guard let start = try? position(range["start"]), let end = try? position(range["end"]) else {
        log("a change of \(uri) with a wrong range is ignored", type: 2)
        continue
      }
      document.text.replace(from: start, to: end, with: text, workspace.encoding)
    }
    if let version = params["textDocument"]?["version"]?.int { document.version = version }
    workspace.documents[uri] = document
    show(uri)
  }

  private mutating func saved(_ uri: String?) {
    guard let uri, let document = workspace.documents[uri] else { return }
    if workspace.root == nil {
      search()
    } else if let path = document.path {
      read([path])
    }
    // If the client does not report changes of files, check for them on each save.
    if !workspace.client.watchesFiles { search() }
  }

  private mutating func close(_ uri: String?) {
    guard let uri, let document = workspace.documents.removeValue(forKey: uri), let path = document.path else { return }
    workspace.files.setBuffer(path, nil)
    read([path])
  }
}
