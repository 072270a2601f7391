import ConfigCompiler
import ConfigModel
import Diagnostics
import TextFormats

/// The state of the server: the repository's files, the last compilation and the open documents.
struct Workspace: Sendable {
  /// The absolute path of the repository, as the client spells it.
  var root: String?
  /// The same path without symbolic links.
  private(set) var realRoot: String?
  var files = RepositoryFiles()
  private(set) var compilation: Compilation?
  /// The relays of the repository's first compilation: what they take is not the user's doing.
  private var firstRelays: [DocumentID: RelaySpec] = [:]
  var documents: [String: OpenDocument] = [:]
  var encoding = PositionEncoding.utf16
  var client = ClientCapabilities()

  /// Returns an absolute path with symbolic links resolved as far as the path exists.
  let resolved: @Sendable (String) -> String

  init(resolved: @escaping @Sendable (String) -> String) { self.resolved = resolved }

  /// Sets the result of a compilation; nil before another repository is compiled.
  mutating func setCompilation(_ compilation: Compilation?) {
    if self.compilation == nil { firstRelays = compilation?.relays ?? [:] }
    self.compilation = compilation
  }

  /// The diagnostics to show: those of the compilation, and hints at what only some users can change.
  var diagnostics: [Diagnostic] {
    guard let compilation else { return [] }
    return compilation.diagnostics + compilation.fieldsBeyondOffer(since: firstRelays)
  }

  /// Sets the repository.
  ///
  /// - Parameters:
  ///   - realRoot: its path without symbolic links; nil if there is none.
  ///   - folders: the client's folders, whose spelling is kept because a URI with another spelling would open a file
  ///     twice.
  mutating func setRoot(_ realRoot: String?, folders: [String]) {
    self.realRoot = realRoot
    root = realRoot.map { real in folders.compactMap { spelling(of: real, by: $0) }.first ?? real }
  }

  /// Returns a resolved path as spelled relative to a folder above or below it; nil if the folder is neither.
  private func spelling(of real: String, by folder: String) -> String? {
    let there = resolved(folder)
    if let below = Self.path(real, below: there) { return below.isEmpty ? folder : "\(folder)/\(below)" }
    guard let inside = Self.path(there, below: real), folder.hasSuffix("/" + inside) else { return nil }
    return String(folder.dropLast(inside.count + 1))
  }

  /// Returns the path in the repository that a URI refers to, with or without symbolic links; nil outside it.
  func repositoryPath(of uri: String) -> String? {
    guard let root, let realRoot, let path = FileURI.path(of: uri) else { return nil }
    let found = Self.path(path, below: root) ?? Self.path(resolved(path), below: realRoot)
    return found?.isEmpty == false ? found : nil
  }

  /// Returns a path relative to a folder: empty for the folder itself, nil outside it.
  private static func path(_ path: String, below folder: String) -> String? {
    if path == folder { return "" }
    let prefix = folder.hasSuffix("/") ? folder : folder + "/"
    return path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : nil
  }

  /// Returns the URI of a file in the repository, as the client spells it if the file is open.
  func uri(of path: String) -> String {
    documents.values.first { $0.path == path }?.uri ?? FileURI.uri(of: "\(root ?? "")/\(path)")
  }

  func text(of path: String) -> EditorText {
    if let document = documents.values.first(where: { $0.path == path }) { return document.text }
    return EditorText(files.bytes(of: path) ?? [])
  }

  /// Returns a document as a source file; a file outside the repository is identified by its URI.
  func source(of document: OpenDocument) -> SourceFile {
    SourceFile(path: document.path ?? document.uri, bytes: document.text.bytes)
  }

  /// Returns the kind of document that belongs in a file, by its path.
  func kind(of document: OpenDocument) -> Kind? {
    document.path.flatMap { PathRole(of: $0, ignored: IgnoreGlobs()).kinds.first }
  }

  func unit(of document: OpenDocument) -> OrganizationUnit? {
    document.path.flatMap(RepositoryTree.organization).flatMap { compilation?.unit(named: $0) }
  }

  // MARK: - Protocol values

  func json(_ position: EditorPosition) -> JSON {
    ["line": .integer(position.line), "character": .integer(position.character)]
  }

  func json(_ range: SourceRange, in text: EditorText) -> JSON {
    [
      "start": json(text.position(of: Int(range.start), encoding)),
      "end": json(text.position(of: Int(range.end), encoding)),
    ]
  }

  func json(_ location: SourceLocation) -> JSON {
    ["uri": .string(uri(of: location.path)), "range": json(location.range, in: text(of: location.path))]
  }

  /// Returns a workspace edit.
  func json(_ edits: [Diagnostic.Edit]) -> JSON {
    let byPath = Dictionary(grouping: edits, by: \.location.path).sorted { $0.key < $1.key }
    var changes: JSON.Members = [:]
    var documentChanges: [JSON] = []
    for (path, edits) in byPath {
      let text = text(of: path)
      let uri = uri(of: path)
      let list = edits.sorted { $0.location.range.start < $1.location.range.start }.map { edit -> JSON in
        ["range": json(edit.location.range, in: text), "newText": .string(edit.replacement)]
      }
      changes.append(uri, .array(list))
      let version = documents[uri].map { JSON.integer($0.version) } ?? .null
      documentChanges.append(["textDocument": ["uri": .string(uri), "version": version], "edits": .array(list)])
    }
    return client.documentChanges ? ["documentChanges": .array(documentChanges)] : ["changes": .object(changes)]
  }
}
