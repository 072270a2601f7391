import ProcessSupport
import CLibgit2
import Glibc

/// A Git repository, bare or not, whose object database libgit2 reads. Nothing is checked out, no hooks or filters run,
/// and all calls run on a dedicated thread.
package actor GitRepository {
  private let executor = DedicatedThread()
  private(set) var handle: GitHandle
  private let path: String
  private var damage: GitStoreError?
  /// The value of `wpex.path` in a repository that wpex owns; nil to leave it alone.
  private let remembered: String?
  let format: GitFormat
  /// The config repository's folder relative to the root of the commits' trees, without slashes at either end; empty
  /// for the root.
  package nonisolated let folder: String
  /// `folder` with a trailing `/`; empty for the root.
  package nonisolated var prefix: String { folder.isEmpty ? "" : folder + "/" }

  /// The executor of the repository's own thread, on which libgit2 runs.
  package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// Opens the repository at `path`, or the one whose working folder contains `path`.
  ///
  /// The config repository's folder in revisions is the nearest folder, from `path` upwards, with a `platform.yaml`;
  /// otherwise the value of `git config wpex.path`, as in a bare repository; otherwise the root.
  ///
  /// - Parameter folder: that folder, to be written to `wpex.path` of a repository that wpex owns.
  /// - Throws: `GitStoreError` if `path` is in no repository, or if the repository cannot be read.
  package init(at path: String, folder: String? = nil) throws {
    self.path = path
    remembered = folder.map(Self.trimmed)
    let opened = try Self.open(path, remembered)
    handle = opened
    format = GitFormat(of: opened)
    self.folder = Self.folder(of: path, in: opened.workingFolder) ?? Self.trimmed(opened.setting("wpex.path") ?? "")
  }

  private static func open(_ path: String, _ remembered: String?) throws(GitStoreError) -> GitHandle {
    let handle = try GitHandle(at: path, advice: "Run `git init` there, or leave out --rev")
    guard let remembered, remembered != trimmed(handle.setting("wpex.path") ?? "") else { return handle }
    var configuration: OpaquePointer?
    defer { git_config_free(configuration) }
    guard git_repository_config(&configuration, handle.pointer) == 0,
      git_config_set_string(configuration, "wpex.path", remembered) == 0
    else { throw GitStoreError(.unreadable, "`\(path)` cannot be configured: \(gitReason())") }
    return handle
  }

  private static func trimmed(_ folder: String) -> String {
    folder.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
  }

  private static func folder(of path: String, in root: String?) -> String? {
    guard let root, let real = realPath(path), (real + "/").hasPrefix(root) else { return nil }
    var parts = (real + "/").dropFirst(root.count).split(separator: "/")
    while true {
      var status = stat()
      let folder = parts.joined(separator: "/")
      if lstat("\(root)\(folder)/platform.yaml", &status) == 0 { return folder }
      if parts.isEmpty { return nil }
      parts.removeLast()
    }
  }

  /// Reopens the repository after another program has changed its files, and forgets recorded damage.
  func reopen() throws(GitStoreError) {
    handle = try Self.open(path, remembered)
    damage = nil
  }

  /// Returns the last object error recorded since the previous call and clears it.
  func takeDamage() -> GitStoreError? {
    defer { damage = nil }
    return damage
  }

  /// Calls `body` and records an error about a missing or damaged object.
  private func notingDamage<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as GitStoreError where error.code == .corrupt {
      damage = error
      throw error
    }
  }

  deinit { executor.stop() }

  /// Resolves a revision to a commit.
  ///
  /// - Throws: `GitStoreError` if the revision does not exist or does not name a commit.
  package func commit(_ revision: String) throws -> CommitInfo {
    let commit = try lookUp(revision)
    defer { git_object_free(commit) }
    return try describe(commit, revision: revision)
  }

  /// Returns the entries of a revision's tree.
  ///
  /// - Parameter earlier: the tree of another revision, from which unchanged folders are copied rather than read again.
  /// - Throws: `GitStoreError` if the revision or one of its trees cannot be read or is malformed.
  package func tree(at revision: String, reusing earlier: SourceTree? = nil) throws -> SourceTree {
    try withRoot(of: revision) { database, root, id in
      var walk = TreeWalk(database, earlier: earlier?.walked, adviceOnMissing: format.adviceOnMissing)
      return try walk.list(root, of: id)
    }
  }

  /// Checks a revision's tree for faults that make `tree(at:)` throw, without listing all of it.
  ///
  /// - Throws: `GitStoreError` if the root, or a folder directly below it, cannot be read or is malformed.
  package func requireWellFormed(_ revision: String) throws {
    try withRoot(of: revision) { database, root, id in
      var walk = TreeWalk(database, earlier: nil, adviceOnMissing: format.adviceOnMissing)
      try walk.checkWhole(root, of: id)
    }
  }

  /// Returns the content of a file in the root of a revision's tree; nil if there is none, or if it is longer than
  /// `maxCount` bytes.
  ///
  /// - Throws: `GitStoreError` if the root cannot be read or is malformed.
  package func rootFile(_ name: String, at revision: String, ofAtMost maxCount: Int) throws -> [UInt8]? {
    let files = try withRoot(of: revision) { database, root, id in
      var walk = TreeWalk(database, earlier: nil, adviceOnMissing: format.adviceOnMissing)
      return try walk.rootFiles(root, of: id)
    }
    guard let file = files.first(where: { $0.path == name }), file.size <= maxCount else { return nil }
    return try contents(of: [file])[name]
  }

  /// Calls `body` with the object database, the id of a revision's tree, and the commit's id in hexadecimal.
  private func withRoot<Result>(
    of revision: String, _ body: (_ database: OpaquePointer, _ root: [UInt8], _ id: String) throws -> Result
  ) throws -> Result {
    let commit = try lookUp(revision)
    defer { git_object_free(commit) }
    guard let id = git_commit_id(commit), let root = git_commit_tree_id(commit) else {
      throw GitStoreError(
        .corrupt, "the tree of `\(revision)` cannot be read: \(gitReason()). \(format.adviceOnMissing)")
    }
    var database: OpaquePointer?
    guard git_repository_odb(&database, handle.pointer) == 0, let database else {
      throw GitStoreError(.unreadable, "the object database cannot be read: \(gitReason())")
    }
    defer { git_odb_free(database) }
    let bytes = try notingDamage { try inner(root.pointee.bytes, of: hexadecimal(id)) }
    return try notingDamage { try body(database, bytes, hexadecimal(id)) }
  }

  /// Returns the id of the config repository's tree: the empty tree for a revision that does not contain its folder
  /// yet.
  private func inner(_ root: [UInt8], of commit: String) throws -> [UInt8] {
    guard !folder.isEmpty else { return root }
    var database: OpaquePointer?
    guard git_repository_odb(&database, handle.pointer) == 0, let database else {
      throw GitStoreError(.unreadable, "the object database cannot be read: \(gitReason())")
    }
    defer { git_odb_free(database) }
    var walk = TreeWalk(database, earlier: nil, adviceOnMissing: format.adviceOnMissing)
    return try walk.folder(folder, below: root, of: commit) ?? TreeObject.emptyID
  }

  /// Reads files of a tree and returns their contents by path.
  ///
  /// - Throws: `GitStoreError` if an object is missing or damaged.
  package func contents(of entries: [SourceEntry]) throws -> [String: [UInt8]] {
    try notingDamage { try read(entries) }
  }

  private func read(_ entries: [SourceEntry]) throws -> [String: [UInt8]] {
    var contents: [String: [UInt8]] = [:]
    contents.reserveCapacity(entries.count)
    for entry in entries {
      guard entry.kind == .file, let identity = entry.identity, identity.count == TreeObject.idLength else { continue }
      var id = git_oid(bytes: identity)
      var blob: OpaquePointer?
      guard git_blob_lookup(&blob, handle.pointer, &id) == 0, let blob else {
        throw GitStoreError(.corrupt, "`\(entry.path)` cannot be read: \(gitReason()). \(format.adviceOnMissing)")
      }
      defer { git_blob_free(blob) }
      let bytes = UnsafeRawBufferPointer(start: git_blob_rawcontent(blob), count: Int(git_blob_rawsize(blob)))
      contents[entry.path] = Array(bytes)
    }
    return contents
  }

  // MARK: - libgit2

  func lookUp(_ revision: String) throws -> OpaquePointer {
    var object: OpaquePointer?
    if let id = Self.fullID(revision) {
      // A full id always names an object, never a branch or tag of the same name.
      var id = id
      guard git_object_lookup(&object, handle.pointer, &id, GIT_OBJECT_ANY) == 0 else {
        throw GitStoreError(.unknownRevision, "there is no object `\(revision)`: \(gitReason())\(adviceOnHistory)")
      }
    } else {
      try refuseAmbiguity(of: revision)
      guard git_revparse_single(&object, handle.pointer, revision) == 0 else {
        throw GitStoreError(
          .unknownRevision,
          "there is no revision `\(revision)`: \(gitReason()). `git log --oneline` shows what there is\(adviceOnHistory)"
        )
      }
    }
    guard let object else { throw GitStoreError(.unknownRevision, "there is no revision `\(revision)`") }
    defer { git_object_free(object) }
    var commit: OpaquePointer?
    guard git_object_peel(&commit, object, GIT_OBJECT_COMMIT) == 0, let commit else {
      throw GitStoreError(.unknownRevision, "`\(revision)` is not a commit: \(gitReason())")
    }
    return commit
  }

  private var adviceOnHistory: String {
    format.isShallow
      ? ". This is a shallow clone, which lacks older commits: `git fetch --unshallow` fetches them (in CI: "
        + "`fetch-depth: 0`)"
      : ""
  }

  private static func fullID(_ text: String) -> git_oid? {
    guard text.utf8.count == 2 * TreeObject.idLength, text.utf8.allSatisfy({ $0 < 0x80 }),
      text.allSatisfy(\.isHexDigit)
    else { return nil }
    var id = git_oid()
    return git_oid_fromstr(&id, text) == 0 ? id : nil
  }

  /// Rejects a name that refers to several different commits: otherwise, anyone who may push a tag called `main` could
  /// choose which one is read.
  private func refuseAmbiguity(of revision: String) throws {
    let name = String(revision.prefix { !"^~@:{".contains($0) })
    guard !name.isEmpty, name != "HEAD" else { return }
    var found: [(name: String, id: String)] = []
    func add(_ shown: String, _ object: OpaquePointer) {
      var commit: OpaquePointer?
      guard git_object_peel(&commit, object, GIT_OBJECT_COMMIT) == 0, let commit else { return }
      defer { git_object_free(commit) }
      if let id = git_object_id(commit) { found.append((shown, hexadecimal(id))) }
    }
    // The order of gitrevisions(7).
    for prefix in ["", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"] {
      var id = git_oid()
      var object: OpaquePointer?
      guard git_reference_name_to_id(&id, handle.pointer, prefix + name) == 0,
        git_object_lookup(&object, handle.pointer, &id, GIT_OBJECT_ANY) == 0, let object
      else { continue }
      defer { git_object_free(object) }
      add(prefix + name, object)
    }
    if !found.isEmpty, (4..<2 * TreeObject.idLength).contains(name.utf8.count), name.allSatisfy(\.isHexDigit) {
      var short = git_oid()
      var object: OpaquePointer?
      if git_oid_fromstrn(&short, name, name.utf8.count) == 0,
        git_object_lookup_prefix(&object, handle.pointer, &short, name.utf8.count, GIT_OBJECT_ANY) == 0, let object
      {
        defer { git_object_free(object) }
        add("the commit \(name)…", object)
      }
    }
    guard Set(found.map(\.id)).count > 1 else { return }
    let names = found.map { "`\($0.name)`" }.joined(separator: " and ")
    throw GitStoreError(.unknownRevision, "`\(name)` is ambiguous, it could be \(names): write the name in full")
  }

  private func describe(_ commit: OpaquePointer, revision: String) throws -> CommitInfo {
    guard let author = git_commit_author(commit), let committer = git_commit_committer(commit),
      let id = git_commit_id(commit)
    else { throw GitStoreError(.corrupt, "the commit `\(revision)` cannot be read. Run `git fsck`") }
    func signature(_ signature: UnsafePointer<git_signature>) -> CommitInfo.Signature {
      CommitInfo.Signature(
        name: String(cString: signature.pointee.name), email: String(cString: signature.pointee.email),
        time: signature.pointee.when.time)
    }
    return CommitInfo(
      id: hexadecimal(id), author: signature(author), committer: signature(committer),
      summary: git_commit_summary(commit).map { String(cString: $0) } ?? "",
      parents: Self.parents(git_commit_raw_header(commit).map { String(cString: $0) } ?? ""))
  }

  /// Returns the parents recorded in the commit object, regardless of `info/grafts` and `shallow`.
  private static func parents(_ header: String) -> [String] {
    header.split(separator: "\n", omittingEmptySubsequences: false).dropFirst()
      .prefix { $0.hasPrefix("parent ") }.map { String($0.dropFirst(7)) }
  }
}
