import BlockingCalls
import CLibgit2

/// A Git repository, bare or not, read through libgit2 from its object database. Nothing is checked out, no hook or
/// filter runs, and all calls run on one thread of their own.
package actor GitRepository {
  private let executor = DedicatedThread()
  let handle: GitHandle

  package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// Opens the repository at `path`, or the one whose working folder `path` lies in.
  ///
  /// - Throws: `GitStoreError` where there is none.
  package init(at path: String) throws {
    handle = try GitHandle { reason in
      GitStoreError(
        .notARepository, "`\(path)` is no Git repository: \(reason). Run `git init` there, or leave out --rev")
    } open: { pointer in
      git_repository_open_ext(&pointer, path, 0, nil)
    }
  }

  deinit { executor.stop() }

  /// The commit that a revision names.
  ///
  /// - Throws: `GitStoreError` where it names none.
  package func commit(_ revision: String) throws -> CommitInfo {
    let commit = try lookUp(revision)
    defer { git_object_free(commit) }
    return try describe(commit, revision: revision)
  }

  /// Every entry of a revision's tree.
  ///
  /// - Parameter earlier: of another revision; folders that are the same in it are not walked again.
  /// - Throws: `GitStoreError` where the revision or one of its trees cannot be read.
  package func tree(at revision: String, reusing earlier: SourceTree? = nil) throws -> SourceTree {
    let commit = try lookUp(revision)
    defer { git_object_free(commit) }
    var root: OpaquePointer?
    guard git_commit_tree(&root, commit) == 0, let root else {
      throw GitStoreError(.corrupt, "the tree of `\(revision)` cannot be read: \(gitReason()). Run `git fsck`")
    }
    defer { git_tree_free(root) }
    var database: OpaquePointer?
    guard git_repository_odb(&database, handle.pointer) == 0, let database else {
      throw GitStoreError(.unreadable, "the object database cannot be read: \(gitReason())")
    }
    defer { git_odb_free(database) }
    var walk = TreeWalk(repository: handle.pointer, database: database, earlier: earlier)
    try walk.visit(root, prefix: [])
    return SourceTree(entries: walk.entries.sorted { $0.path < $1.path }, folders: walk.folders)
  }

  /// The contents of entries of a tree, by path.
  ///
  /// - Throws: `GitStoreError` where an object is missing or damaged.
  package func contents(of entries: [SourceEntry]) throws -> [String: [UInt8]] {
    var contents: [String: [UInt8]] = [:]
    contents.reserveCapacity(entries.count)
    for entry in entries {
      guard let identity = entry.identity, identity.count == 20 else { continue }
      var id = git_oid()
      withUnsafeMutableBytes(of: &id) { $0.copyBytes(from: identity) }
      var blob: OpaquePointer?
      guard git_blob_lookup(&blob, handle.pointer, &id) == 0, let blob else {
        throw GitStoreError(.corrupt, "`\(entry.path)` cannot be read: \(gitReason()). Run `git fsck`")
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
    guard git_revparse_single(&object, handle.pointer, revision) == 0, let object else {
      throw GitStoreError(
        .unknownRevision,
        "there is no revision `\(revision)`: \(gitReason()). `git log --oneline` shows what there is")
    }
    defer { git_object_free(object) }
    var commit: OpaquePointer?
    guard git_object_peel(&commit, object, GIT_OBJECT_COMMIT) == 0, let commit else {
      throw GitStoreError(.unknownRevision, "`\(revision)` names no commit: \(gitReason())")
    }
    return commit
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
    let parents = (0..<git_commit_parentcount(commit)).compactMap { git_commit_parent_id(commit, $0).map(hexadecimal) }
    return CommitInfo(
      id: hexadecimal(id), author: signature(author), committer: signature(committer),
      summary: git_commit_summary(commit).map { String(cString: $0) } ?? "", parents: parents)
  }
}

/// Collects the entries of a tree and of the trees below it.
private struct TreeWalk {
  let repository: OpaquePointer
  let database: OpaquePointer
  let earlier: SourceTree?
  var entries: [SourceEntry] = []
  var folders: [String: [UInt8]] = [:]

  /// Deeper trees are listed as entries of no known kind, which the compiler refuses; no repository of ours has them.
  private static let deepest = 64

  init(repository: OpaquePointer, database: OpaquePointer, earlier: SourceTree?) {
    self.repository = repository
    self.database = database
    self.earlier = earlier
  }

  mutating func visit(_ tree: OpaquePointer, prefix: [UInt8], depth: Int = 0) throws {
    for index in 0..<git_tree_entrycount(tree) {
      guard let entry = git_tree_entry_byindex(tree, index), let name = git_tree_entry_name(entry),
        let id = git_tree_entry_id(entry)
      else { continue }
      let bytes = prefix + UnsafeBufferPointer(start: name, count: strlen(name)).map { UInt8(bitPattern: $0) }
      let path = String(decoding: bytes, as: UTF8.self)
      let identity = withUnsafeBytes(of: id.pointee) { Array($0.prefix(20)) }
      switch git_tree_entry_filemode(entry) {
      case GIT_FILEMODE_TREE where depth < Self.deepest:
        folders[path] = identity
        if let earlier, earlier.folders[path] == identity {
          take(path, from: earlier)
          continue
        }
        var subtree: OpaquePointer?
        guard git_tree_lookup(&subtree, repository, id) == 0, let subtree else {
          throw GitStoreError(.corrupt, "the folder `\(path)` cannot be read from the object database. Run `git fsck`")
        }
        defer { git_tree_free(subtree) }
        try visit(subtree, prefix: bytes + [UInt8(ascii: "/")], depth: depth + 1)
      case GIT_FILEMODE_BLOB, GIT_FILEMODE_BLOB_EXECUTABLE:
        entries.append(SourceEntry(path: path, kind: .file, size: size(of: id), identity: identity))
      case GIT_FILEMODE_LINK: entries.append(SourceEntry(path: path, kind: .symbolicLink, size: 0, identity: identity))
      case GIT_FILEMODE_COMMIT: entries.append(SourceEntry(path: path, kind: .submodule, size: 0, identity: identity))
      default: entries.append(SourceEntry(path: path, kind: .other, size: 0, identity: identity))
      }
    }
  }

  /// What an earlier walk found below a folder that has not changed.
  private mutating func take(_ folder: String, from earlier: SourceTree) {
    entries += earlier.entries(below: folder)
    for entry in earlier.entries(below: folder) {
      var path = entry.path
      while let slash = path.lastIndex(of: "/"), slash > path.startIndex {
        path = String(path[..<slash])
        guard path.utf8.count > folder.utf8.count, folders[path] == nil, let identity = earlier.folders[path] else {
          break
        }
        folders[path] = identity
      }
    }
  }

  /// The size from the object's header; what cannot be read is found out when its contents are asked for.
  private func size(of id: UnsafePointer<git_oid>) -> Int {
    var length = 0
    var type = GIT_OBJECT_ANY
    return git_odb_read_header(&length, &type, database, id) == 0 ? length : 0
  }
}
