import BlockingCalls
import CLibgit2
import Glibc
import PrivateFiles

/// A bare repository of our own that follows a branch of another one.
package actor GitMirror {
  private let executor = DedicatedThread()
  private let handle: GitHandle
  package nonisolated let path: String

  package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// Opens the mirror at `path`, or makes one there.
  package init(at path: String) throws {
    // Everything of every organization lies in it.
    do {
      try PrivateFolder.make(path)
    } catch {
      throw GitStoreError(.unreadable, "no repository can be made at `\(path)`: \(error)")
    }
    PrivateAccess.close(path)
    handle = try GitHandle { reason in
      GitStoreError(.unreadable, "no repository can be made at `\(path)`: \(reason)")
    } open: { pointer in
      // Debian's libgit2 carries mbedTLS, which knows no certificates by itself.
      _ = wpex_git_set_certificates("/etc/ssl/certs/ca-certificates.crt", nil)
      let status = git_repository_open_bare(&pointer, path)
      return status == 0 ? status : git_repository_init(&pointer, path, 1)
    }
    self.path = path
  }

  deinit { executor.stop() }

  /// Fetches one branch.
  ///
  /// - Returns: The commit that it is at.
  /// - Throws: `GitStoreError` where the remote cannot be reached, refuses, or has no such branch.
  package func fetch(_ url: String, branch: String, credentials: GitCredentials = GitCredentials()) throws -> String {
    if let file = credentials.certificatesFile, wpex_git_set_certificates(file, nil) != 0 {
      throw GitStoreError(.unreadable, "the certificates of `\(file)` cannot be used: \(gitReason())")
    }
    var remote: OpaquePointer?
    guard git_remote_create_anonymous(&remote, handle.pointer, url) == 0, let remote else {
      throw GitStoreError(.unreadable, "`\(GitURL.shown(url))` is no address of a repository: \(gitReason())")
    }
    defer { git_remote_free(remote) }
    let session = RemoteSession(url: url, credentials: credentials)
    let retained = Unmanaged.passRetained(session)
    defer { retained.release() }
    var options = git_fetch_options()
    wpex_git_fetch_options(&options)
    options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE
    options.callbacks.credentials = RemoteSession.credentials
    options.callbacks.certificate_check = RemoteSession.certificate
    options.callbacks.payload = retained.toOpaque()
    // Forced: whether the new commit may be applied is decided by its ancestry, and said, instead of failing here.
    let specification = "+refs/heads/\(branch):refs/wpex/\(branch)"
    let status = specification.withCString { text -> Int32 in
      var texts: [UnsafeMutablePointer<CChar>?] = [UnsafeMutablePointer(mutating: text)]
      return texts.withUnsafeMutableBufferPointer { buffer in
        var list = git_strarray(strings: buffer.baseAddress, count: 1)
        return git_remote_fetch(remote, &list, &options, nil)
      }
    }
    guard status == 0 else {
      var reason = session.refusal ?? gitReason()
      // How libgit2 before 1.7 puts it.
      if reason.contains("parsing REF pkt-line") || reason.contains("shallow") {
        reason =
          "the server's own repository is shallow, so that nobody can see what a commit descends from: "
          + "`git fetch --unshallow` there makes it whole"
      }
      throw GitStoreError(.unreadable, "`\(GitURL.shown(url))` cannot be fetched: \(reason)")
    }
    var id = git_oid()
    guard git_reference_name_to_id(&id, handle.pointer, "refs/wpex/\(branch)") == 0 else {
      throw GitStoreError(.unknownRevision, "`\(GitURL.shown(url))` has no branch `\(branch)`")
    }
    return hexadecimal(&id)
  }

  /// Commits files as the whole content of a branch of this repository, unless it has that content already.
  ///
  /// - Returns: The commit that the branch is at, and whether it is new.
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
      throw GitStoreError(.unreadable, "no commit can be made: \(gitReason())")
    }
    defer {
      git_tree_free(tree)
      git_signature_free(signature)
    }
    var id = git_oid()
    let status = git_commit_create(
      &id, handle.pointer, reference, signature, signature, "UTF-8", message, tree, parents.count, &parents)
    guard status == 0 else { throw GitStoreError(.unreadable, "no commit can be made: \(gitReason())") }
    return (hexadecimal(&id), true)
  }

  /// Whether `descendant` is `ancestor` or came after it.
  package func isAncestor(_ ancestor: String, of descendant: String) throws -> Bool {
    if ancestor == descendant { return true }
    var old = git_oid()
    var new = git_oid()
    guard git_oid_fromstr(&old, ancestor) == 0, git_oid_fromstr(&new, descendant) == 0 else { return false }
    return git_graph_descendant_of(handle.pointer, &new, &old) == 1
  }
}
