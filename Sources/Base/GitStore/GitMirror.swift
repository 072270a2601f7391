import ProcessSupport
import CLibgit2
import FoundationEssentials
import Glibc
import PrivateFiles

/// A bare repository that wpex maintains as a mirror of one remote branch.
package actor GitMirror {
  private let executor = DedicatedThread()
  private var handle: GitHandle
  /// The path of the bare repository.
  package nonisolated let path: String

  /// The executor of the mirror's own thread, on which libgit2 runs.
  package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// Opens the mirror at `path`, or creates it there.
  ///
  /// - Throws: `GitStoreError` if it can neither be opened nor created.
  package init(at path: String) throws {
    // The mirror holds the data of every organization.
    do {
      try PrivateFolder.make(path)
    } catch {
      throw GitStoreError(.unreadable, "cannot create a repository at `\(path)`: \(error)")
    }
    PrivateAccess.close(path)
    handle = try Self.open(path)
    self.path = path
  }

  deinit { executor.stop() }

  private static func open(_ path: String) throws(GitStoreError) -> GitHandle {
    try GitHandle { reason in
      GitStoreError(.unreadable, "cannot create a repository at `\(path)`: \(reason)")
    } open: { pointer in
      let status = git_repository_open_bare(&pointer, path)
      return status == 0 ? status : git_repository_init(&pointer, path, 1)
    }
  }

  /// Reopens the repository after another program has changed its files.
  func reopen() throws(GitStoreError) { handle = try Self.open(path) }

  /// Replaces the mirror's files with those of another mirror and deletes the old ones.
  ///
  /// - Throws: `GitStoreError`; the old files are then still in place.
  func replace(by other: String) throws(GitStoreError) {
    let former = "\(path).damaged"
    try? FileManager.default.removeItem(atPath: former)
    guard rename(path, former) == 0 else { throw Self.unmovable(path) }
    guard rename(other, path) == 0 else {
      let error = Self.unmovable(other)
      _ = rename(former, path)
      throw error
    }
    try reopen()
    try? FileManager.default.removeItem(atPath: former)
  }

  private static func unmovable(_ path: String) -> GitStoreError {
    GitStoreError(.unreadable, "`\(path)` cannot be moved: \(String(cString: strerror(errno)))")
  }

  /// Returns the commit that a branch pointed to at the last fetch; nil if it was never fetched or cannot be read.
  package func tip(of branch: String) -> String? {
    var id = git_oid()
    guard git_reference_name_to_id(&id, handle.pointer, "refs/wpex/\(branch)") == 0 else { return nil }
    return hexadecimal(&id)
  }

  /// Commits files as the entire content of a branch of this mirror, unless the branch has that content already.
  ///
  /// - Returns: The branch's commit, and whether it is new.
  /// - Throws: `GitStoreError` if the commit cannot be created.
  package func commit(
    _ files: [(path: String, bytes: [UInt8])], branch: String, author: String, email: String, message: String
  ) throws -> (id: String, isNew: Bool) {
    var index: OpaquePointer?
    guard git_index_new(&index) == 0, let index else { throw GitStoreError(.unreadable, gitReason()) }
    defer { git_index_free(index) }
    for file in files {
      var entry = git_index_entry()
      entry.mode = GIT_FILEMODE_BLOB.rawValue
      var id = git_oid()
      guard git_blob_create_from_buffer(&id, handle.pointer, file.bytes, file.bytes.count) == 0 else {
        throw GitStoreError(.unreadable, "`\(file.path)` cannot be stored: \(gitReason())")
      }
      entry.id = id
      let status = file.path.withCString { path -> Int32 in
        entry.path = path
        return git_index_add(index, &entry)
      }
      guard status == 0 else { throw GitStoreError(.unreadable, "`\(file.path)` cannot be stored: \(gitReason())") }
    }
    var treeID = git_oid()
    guard git_index_write_tree_to(&treeID, index, handle.pointer) == 0 else {
      throw GitStoreError(.unreadable, "the folder cannot be stored: \(gitReason())")
    }
    let reference = "refs/wpex/\(branch)"
    var parentID = git_oid()
    var parents: [OpaquePointer?] = []
    defer { parents.forEach { git_commit_free($0) } }
    if git_reference_name_to_id(&parentID, handle.pointer, reference) == 0 {
      var parent: OpaquePointer?
      guard git_commit_lookup(&parent, handle.pointer, &parentID) == 0, let parent else {
        throw GitStoreError(.corrupt, "the last commit of `\(path)` cannot be read: \(gitReason())")
      }
      parents = [parent]
      if let tree = git_commit_tree_id(parent), git_oid_equal(tree, &treeID) == 1 {
        return (hexadecimal(&parentID), false)
      }
    }
    var tree: OpaquePointer?
    var signature: UnsafeMutablePointer<git_signature>?
    guard git_tree_lookup(&tree, handle.pointer, &treeID) == 0, git_signature_now(&signature, author, email) == 0 else {
      throw GitStoreError(.unreadable, "cannot create a commit: \(gitReason())")
    }
    defer {
      git_tree_free(tree)
      git_signature_free(signature)
    }
    var id = git_oid()
    let status = git_commit_create(
      &id, handle.pointer, reference, signature, signature, "UTF-8", message, tree, parents.count, &parents)
    guard status == 0 else { throw GitStoreError(.unreadable, "cannot create a commit: \(gitReason())") }
    return (hexadecimal(&id), true)
  }

  /// Whether `descendant` is `ancestor` or one of its descendants; false if either cannot be read.
  package func isAncestor(_ ancestor: String, of descendant: String) throws -> Bool {
    if ancestor == descendant { return true }
    var old = git_oid()
    var new = git_oid()
    guard git_oid_fromstr(&old, ancestor) == 0, git_oid_fromstr(&new, descendant) == 0 else { return false }
    return git_graph_descendant_of(handle.pointer, &new, &old) == 1
  }
}
