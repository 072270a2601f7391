package import ConfigCompiler
package import TextFormats

/// One conversation with an editor: messages and events in, messages and wishes out. It reads no file, knows no clock and
/// starts nothing by itself, so that a test can play any order of events.
///
/// Messages are answered in the order in which they came. One whose answer depends on the whole repository waits until a
/// compile has seen every change before it, and those behind it wait too; a cancellation overtakes them.
package struct LanguageSession: Sendable {
  /// What the caller shall do.
  package enum Action: Sendable {
    case send(JSON)
    /// Look for the repository in these folders and above them, and answer with `repositoryFound`.
    case findRepository([String])
    /// Read these files of the repository, and answer with `filesRead`.
    case read([String])
    /// Compile: at once where somebody waits, else when typing pauses.
    case compile(isUrgent: Bool)
    /// Watch the process that started the server, and say `clientDied` when it is gone.
    case watchClient(Int)
    case exit(Int32)
  }

  /// What a compile takes.
  package struct CompileInput: Sendable {
    package let tree: RepositoryTree
    package let contents: Compiler.Contents
    package let earlier: Compilation?
    fileprivate let revision: Int
    /// Which of the repositories that were looked at.
    fileprivate let generation: Int
  }

  enum Phase { case uninitialized, running, shutDown }

  private enum Item: Sendable {
    case message(RPCMessage)
    case endOfInput
  }

  var phase = Phase.uninitialized
  var workspace: Workspace
  /// The folder that was named on the command line.
  let repository: String?
  /// The folders that the client has open.
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

  /// - Parameter resolved: an absolute path without symbolic links, as far as it exists.
  package init(repository: String? = nil, resolved: @escaping @Sendable (String) -> String = { $0 }) {
    self.repository = repository
    workspace = Workspace(resolved: resolved)
  }

  // MARK: - Events

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

  /// The client is gone.
  package mutating func inputEnded() -> [Action] {
    queue.append(.endOfInput)
    return proceed()
  }

  /// - Parameters:
  ///   - root: the repository's folder without symbolic links; nil where there is none.
  ///   - contents: of every entry that a compile may want.
  ///   - others: repositories of the client's other folders.
  package mutating func repositoryFound(
    _ root: String?, _ listing: RepositoryTree = RepositoryTree(root: [], organizations: []),
    contents: Compiler.Contents = [:], others: [String] = []
  ) -> [Action] {
    isSearching = false
    if root != workspace.realRoot {
      for message in publication.clear(workspace) { actions.append(.send(message)) }
      workspace.setRoot(root, folders: folders)
      workspace.files = RepositoryFiles()
      workspace.compilation = nil
      compiledRevision = nil
      generation += 1
      if let root = workspace.root { log("the repository is \(root)", type: 3) }
      for other in others {
        show("wpex shows `\(root ?? "")` only: open `\(other)` in a window of its own", type: 2)
      }
    }
    if root == nil { log("there is no platform.yaml here or above: what needs a repository is not available", type: 3) }
    if root != nil { workspace.files.load(listing, contents: contents) }
    for document in workspace.documents.values {
      let path = workspace.repositoryPath(of: document.uri)
      workspace.documents[document.uri]?.path = path
      show(document.uri)
    }
    searchAgain()
    return proceed()
  }

  /// The repository cannot be listed; what is known of it stays.
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

  /// The process that started the server, as it said, is gone.
  package mutating func clientDied() -> [Action] {
    exit(1)
    defer { actions = [] }
    return actions
  }

  /// - Parameter contents: the bytes of each file that was asked for; nil for those that are gone.
  package mutating func filesRead(_ contents: [(path: String, bytes: [UInt8]?)]) -> [Action] {
    pendingReads -= 1
    for (path, bytes) in contents { workspace.files.setDisk(path, bytes) }
    return proceed()
  }

  /// What to compile now; nil where nothing changed or a compile is under way.
  package mutating func takeCompile() -> CompileInput? {
    guard compiling == nil, workspace.root != nil, compiledRevision != workspace.files.revision else { return nil }
    let contents = workspace.files.takeUnseen()
    compiling = (workspace.files.revision, Set(contents.keys))
    return CompileInput(
      tree: workspace.files.tree, contents: contents, earlier: workspace.compilation,
      revision: workspace.files.revision, generation: generation)
  }

  package mutating func compiled(_ compilation: Compilation, _ input: CompileInput) -> [Action] {
    guard let finished = compiling else { return [] }
    compiling = nil
    // Another repository may have been opened meanwhile.
    guard input.generation == generation else { return proceed() }
    workspace.compilation = compilation
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

  /// Lays an open document over the file it stands for.
  mutating func show(_ uri: String) {
    guard let document = workspace.documents[uri] else { return }
    if let path = document.path { workspace.files.setBuffer(path, document.text.bytes) }
    workspace.documents[uri]?.revision = workspace.files.revision
  }
}
