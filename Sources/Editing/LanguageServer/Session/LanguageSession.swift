package import ConfigCompiler
package import TextFormats

/// One session with an editor: it consumes messages and events, and returns messages and actions. It does not read
/// files, has no clock and starts nothing itself, so that tests can play any order of events.
///
/// Messages are answered in the order of their arrival. A request that depends on the whole repository waits for a
/// compilation that includes all preceding changes, and so do the messages after it; a cancellation overtakes them.
package struct LanguageSession: Sendable {
  /// Actions for the caller to perform.
  package enum Action: Sendable {
    /// Send a message to the client.
    case send(JSON)
    /// Search these folders and their ancestors for the repository, then call `repositoryFound`.
    case findRepository([String])
    /// Read these files of the repository, then call `filesRead`.
    case read([String])
    /// Compile: immediately if a request is waiting, otherwise when typing pauses.
    case compile(isUrgent: Bool)
    /// Watch the process that started the server, and call `clientDied` when it ends.
    case watchClient(Int)
    /// Exit with a status.
    case exit(Int32)
  }

  /// The input of a compilation.
  package struct CompileInput: Sendable {
    /// The files of the repository.
    package let tree: RepositoryTree
    /// Contents that the previous compilation did not have.
    package let contents: Compiler.Contents
    /// The previous compilation; nil for the first one.
    package let earlier: Compilation?
    fileprivate let revision: Int
    /// A counter of the repositories opened so far.
    fileprivate let generation: Int
  }

  enum Phase { case uninitialized, running, shutDown }

  private enum Item: Sendable {
    case message(RPCMessage)
    case endOfInput
  }

  var phase = Phase.uninitialized
  var workspace: Workspace
  /// The repository's folder if the command line names one.
  let repository: String?
  /// The folders open in the client.
  var folders: [String] = []
  var actions: [Action] = []
  var isSearching = false
  /// Whether something changed while the repository was being listed.
  var isSearchOutdated = false
  var pendingReads = 0
  private var queue: [Item] = []
  private var publication = DiagnosticPublication()
  private var compiling: (revision: Int, changed: Set<String>)?
  private var compiledRevision: Int?
  private var generation = 0
  private var hasExited = false

  /// Begins a session.
  ///
  /// - Parameters:
  ///   - repository: the repository's folder; nil to use the client's folders.
  ///   - resolved: returns an absolute path with symbolic links resolved as far as the path exists.
  package init(repository: String? = nil, resolved: @escaping @Sendable (String) -> String = { $0 }) {
    self.repository = repository
    workspace = Workspace(resolved: resolved)
  }

  // MARK: - Events

  /// Handles frames from the client.
  package mutating func received(_ frames: [FrameReader.Frame]) -> [Action] {
    for frame in frames {
      switch frame {
      case .fault(let reason):
        queue.append(.message(.fault(id: .null, RPCError(.parseError, "the frame cannot be read: \(reason)"))))
      case .body(let body):
        let message = RPCMessage(body)
        if case .notification("$/cancelRequest", let params) = message {
          cancel(params["id"])
        } else {
          queue.append(.message(message))
        }
      }
    }
    return proceed()
  }

  /// Handles the end of the input, which means that the client is gone.
  package mutating func inputEnded() -> [Action] {
    queue.append(.endOfInput)
    return proceed()
  }

  /// Handles the result of a search for the repository.
  ///
  /// - Parameters:
  ///   - root: the repository's folder without symbolic links; nil if there is none.
  ///   - listing: the repository's files.
  ///   - contents: the content of every file that a compilation may read.
  ///   - others: repositories in the client's other folders.
  package mutating func repositoryFound(
    _ root: String?, _ listing: RepositoryTree = RepositoryTree(root: [], organizations: []),
    contents: Compiler.Contents = [:], others: [String] = []
  ) -> [Action] {
    isSearching = false
    if root != workspace.realRoot {
      for message in publication.clear(workspace) { actions.append(.send(message)) }
      workspace.setRoot(root, folders: folders)
      workspace.files = RepositoryFiles()
      workspace.setCompilation(nil)
      compiledRevision = nil
      generation += 1
      if let root = workspace.root { log("the repository is \(root)", type: 3) }
      for other in others {
        show("wpex shows `\(root ?? "")` only: open `\(other)` in its own window", type: 2)
      }
    }
    if root == nil {
      log(
        "there is no platform.yaml here or above: features that need a repository are not available", type: 3)
    }
    if root != nil { workspace.files.load(listing, contents: contents) }
    for document in workspace.documents.values {
      let path = workspace.repositoryPath(of: document.uri)
      workspace.documents[document.uri]?.path = path
      show(document.uri)
    }
    searchAgain()
    return proceed()
  }

  /// Handles a failed listing of the repository; its last known state is kept.
  package mutating func repositoryFailed(_ reason: String) -> [Action] {
    isSearching = false
    isSearchOutdated = false
    show(reason, type: 1)
    return proceed()
  }

  private mutating func show(_ message: String, type: Int) {
    actions.append(
      .send(.notification("window/showMessage", ["type": .integer(type), "message": .string(message)])))
  }

  /// Handles the end of the process that started the server.
  package mutating func clientDied() -> [Action] {
    exit(1)
    defer { actions = [] }
    return actions
  }

  /// Handles the result of reading files.
  ///
  /// - Parameter contents: the content of each requested file; nil if it no longer exists.
  package mutating func filesRead(_ contents: [(path: String, bytes: [UInt8]?)]) -> [Action] {
    pendingReads -= 1
    for (path, bytes) in contents { workspace.files.setDisk(path, bytes) }
    return proceed()
  }

  /// Returns the input of the next compilation; nil if nothing has changed or a compilation is in progress.
  package mutating func takeCompile() -> CompileInput? {
    guard compiling == nil, workspace.root != nil, compiledRevision != workspace.files.revision else { return nil }
    let contents = workspace.files.takeUnseen()
    compiling = (workspace.files.revision, Set(contents.keys))
    return CompileInput(
      tree: workspace.files.tree, contents: contents, earlier: workspace.compilation,
      revision: workspace.files.revision, generation: generation)
  }

  /// Handles the result of a compilation.
  package mutating func compiled(_ compilation: Compilation, _ input: CompileInput) -> [Action] {
    guard let finished = compiling else { return [] }
    compiling = nil
    // Another repository may have been opened in the meantime.
    guard input.generation == generation else { return proceed() }
    workspace.setCompilation(compilation)
    compiledRevision = finished.revision
    let workspace = workspace
    let messages = publication.update(workspace, changed: finished.changed) { path in
      workspace.documents.values.contains { $0.path == path && $0.revision > finished.revision }
    }
    actions += messages.map(Action.send)
    return proceed()
  }

  // MARK: - The queue

  private mutating func proceed() -> [Action] {
    while let item = queue.first, !hasExited {
      if mustWait(item) { break }
      queue.removeFirst()
      switch item {
      case .message(let message): handle(message)
      case .endOfInput: exit(phase == .shutDown ? 0 : 1)
      }
    }
    if workspace.root != nil, !isSearching, compiling == nil, compiledRevision != workspace.files.revision, !hasExited {
      actions.append(.compile(isUrgent: !queue.isEmpty || compiledRevision == nil))
    }
    defer { actions = [] }
    return actions
  }

  private func mustWait(_ item: Item) -> Bool {
    guard phase == .running, case .message(.request(_, let method, _)) = item else { return false }
    switch Method.needs(method) {
    case .nothing: return false
    case .anyCompilation: return isSearching || (workspace.root != nil && workspace.compilation == nil)
    case .currentCompilation:
      return isSearching || pendingReads > 0
        || (workspace.root != nil && (compiling != nil || compiledRevision != workspace.files.revision))
    }
  }

  private mutating func cancel(_ id: JSON?) {
    let position = queue.firstIndex { item in
      guard case .message(.request(let own, _, _)) = item else { return false }
      return own == id
    }
    guard let position, let id else { return }
    queue.remove(at: position)
    actions.append(.send(.response(id, RPCError(.requestCancelled, "the request was cancelled"))))
  }

  mutating func exit(_ status: Int32) {
    hasExited = true
    actions.append(.exit(status))
  }

  mutating func log(_ message: String, type: Int) {
    actions.append(
      .send(.notification("window/logMessage", ["type": .integer(type), "message": .string("wpex: " + message)])))
  }

  /// Makes an open document's text replace the file's content.
  mutating func show(_ uri: String) {
    guard let document = workspace.documents[uri] else { return }
    if let path = document.path { workspace.files.setBuffer(path, document.text.bytes) }
    workspace.documents[uri]?.revision = workspace.files.revision
  }
}
