import ProcessSupport
import CLibgit2
import Glibc

/// A Git repository with a working folder, for commits that change a few files. All calls run on a dedicated thread. No
/// hooks run.
///
/// A commit has the tree of HEAD, updated with the files' contents in the working folder. Other modified or staged
/// files are left as they are and stay out of the commit.
package actor GitWorktree {
  private let executor = DedicatedThread()
  private let handle: GitHandle
  /// The config repository's path relative to the working folder, with a trailing `/`.
  private let prefix: String
  /// The identity to use if neither the environment nor Git's configuration names one.
  private let author: Author?
  /// Backing file of the environment's configuration, which must live as long as `handle`.
  private let memory: MemoryFile?
  /// The lock held from before the first file is written until the commit has been made.
  private var lock: IndexLock?

  /// The executor of the repository's own thread, on which libgit2 runs.
  package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// A commit author's name and address.
  package struct Author: Sendable {
    let name: String
    let email: String

    package init(name: String, email: String) {
      self.name = name
      self.email = email
    }
  }

  /// Opens the repository whose working folder is, or contains, `path`.
  ///
  /// - Parameter author: the identity for commits if neither the environment nor Git's configuration names one.
  /// - Throws: `GitStoreError` if there is no repository, it cannot be read, or it is bare.
  package init(at path: String, author: Author? = nil) throws {
    self.author = author
    handle = try GitHandle(at: path, advice: "Run `git init` there")
    guard let real = realPath(path) else {
      throw GitStoreError(.unreadable, "`\(path)` cannot be read: \(String(cString: strerror(errno)))")
    }
    guard let folder = handle.workingFolder, (real + "/").hasPrefix(folder) else {
      throw GitStoreError(
        .notARepository, "the repository of `\(path)` is bare: edit a clone of it, and push")
    }
    prefix = String((real + "/").dropFirst(folder.count))
    memory = handle.take(EnvironmentConfiguration())
  }

  /// Creates a repository without commits.
  ///
  /// - Parameters:
  ///   - branch: the name of its first branch if Git's configuration does not set one.
  ///   - author: the identity for commits if neither the environment nor Git's configuration names one.
  /// - Throws: `GitStoreError` if it cannot be created, or if there is a repository already.
  package init(creatingAt path: String, branch: String, author: Author) throws {
    self.author = author
    let name = Self.configuredBranch() ?? branch
    handle = try GitHandle { reason in
      GitStoreError(.unreadable, "cannot create a Git repository in `\(path)`: \(reason)")
    } open: { pointer in
      var options = git_repository_init_options()
      git_repository_init_options_init(&options, UInt32(GIT_REPOSITORY_INIT_OPTIONS_VERSION))
      options.flags = GIT_REPOSITORY_INIT_MKPATH.rawValue | GIT_REPOSITORY_INIT_NO_REINIT.rawValue
      return name.withCString { name in
        options.initial_head = name
        return git_repository_init_ext(&pointer, path, &options)
      }
    }
    prefix = ""
    memory = handle.take(EnvironmentConfiguration())
  }

  deinit { executor.stop() }

  /// The branch for a commit.
  package enum Branch: Sendable, Equatable {
    /// The branch that is checked out.
    case current
    /// A new branch, checked out together with the commit.
    case new(String)
  }

  /// Returns a value of Git's configuration for the repository, the user or the system; nil if it is not set.
  package func configuration(_ name: String) -> String? {
    var configuration: OpaquePointer?
    guard git_repository_config_snapshot(&configuration, handle.pointer) == 0, let configuration else { return nil }
    defer { git_config_free(configuration) }
    var value: UnsafePointer<CChar>?
    guard git_config_get_string(&value, configuration, name) == 0, let value else { return nil }
    return String(cString: value)
  }

  /// Whether the repository has no commit yet.
  package var isUnborn: Bool { git_repository_head_unborn(handle.pointer) == 1 }

  /// Checks that a commit of files would succeed, before anything is written.
  ///
  /// - Parameter paths: relative to the config repository.
  /// - Throws: `GitStoreError` if a file has uncommitted changes, which the commit would include; if a merge or the
  ///   like is in progress; if the index is locked; if a new branch exists already or HEAD is detached; or if no
  ///   committer is configured.
  package func checkCommit(of paths: [String], on branch: Branch) throws {
    _ = try identity(.author)
    _ = try identity(.committer)
    try refuseUnfinished()
    _ = try target(of: branch)
    try IndexLock.check(indexPath)
    try checkClean(paths)
  }

  private func checkClean(_ paths: [String]) throws {
    for path in paths {
      var status: UInt32 = 0
      let found = git_status_file(&status, handle.pointer, prefix + path)
      guard found != 0 || status == GIT_STATUS_CURRENT.rawValue else {
        throw GitStoreError(
          .conflict,
          "`\(path)` has changes that are not committed yet, and they would become part of this commit: "
            + "commit or stash them first, or leave out --commit")
      }
    }
  }

  /// Git does not commit single files during these operations; during a rebase, the commit would not be the edited one.
  private func refuseUnfinished() throws {
    let unfinished: String? =
      switch git_repository_state_t(rawValue: UInt32(git_repository_state(handle.pointer))) {
      case GIT_REPOSITORY_STATE_MERGE: "merge"
      case GIT_REPOSITORY_STATE_REVERT, GIT_REPOSITORY_STATE_REVERT_SEQUENCE: "revert"
      case GIT_REPOSITORY_STATE_CHERRYPICK, GIT_REPOSITORY_STATE_CHERRYPICK_SEQUENCE: "cherry-pick"
      case GIT_REPOSITORY_STATE_REBASE, GIT_REPOSITORY_STATE_REBASE_INTERACTIVE, GIT_REPOSITORY_STATE_REBASE_MERGE:
        "rebase"
      case GIT_REPOSITORY_STATE_APPLY_MAILBOX, GIT_REPOSITORY_STATE_APPLY_MAILBOX_OR_REBASE: "am"
      default: access(handle.gitFolder + "sequencer/todo", F_OK) == 0 ? "cherry-pick" : nil
      }
    guard let unfinished else { return }
    throw GitStoreError(
      .conflict,
      "Git is in the middle of a \(unfinished): finish it (`git \(unfinished) --continue`) or abort it "
        + "(`git \(unfinished) --abort`), or leave out --commit")
  }

  /// A commit that is ready to be signed and made.
  package struct Draft: Sendable {
    /// The commit object without a signature.
    package let object: [UInt8]
    fileprivate let reference: String
    fileprivate let parent: String?
    fileprivate let branch: Branch
    fileprivate let files: [StoredFile]

    fileprivate var switches: Bool { branch != .current }
  }

  /// A file whose new content is stored, or that is to be removed.
  fileprivate struct StoredFile: Sendable {
    /// The path relative to the config repository.
    let path: String
    /// The blob's id (20 bytes); nil if the file is removed.
    let id: [UInt8]?
    let mode: UInt32
  }

  /// Stores the contents and builds the commit object. Does not change files, references or the index.
  ///
  /// - Parameter files: paths relative to the config repository and the files' new contents; nil to remove a file.
  /// - Throws: `GitStoreError` if no committer is configured, or if an object cannot be stored.
  package func draft(
    _ files: [(path: String, bytes: [UInt8]?)], message: String, on branch: Branch
  ) throws -> Draft {
    let (reference, parent) = try target(of: branch)
    let parentCommit = try parent.map(lookUp)
    defer { git_commit_free(parentCommit) }
    let stored = try store(files, over: parentCommit)
    var treeID = try tree(over: parentCommit, stored)
    var treeObject: OpaquePointer?
    guard git_tree_lookup(&treeObject, handle.pointer, &treeID) == 0, let treeObject else {
      throw failure("read the new tree")
    }
    defer { git_tree_free(treeObject) }
    let author = try identity(.author).signature()
    defer { git_signature_free(author) }
    let committer = try identity(.committer).signature()
    defer { git_signature_free(committer) }
    var first = parentCommit
    var buffer = git_buf()
    defer { git_buf_dispose(&buffer) }
    let status = git_commit_create_buffer(
      &buffer, handle.pointer, author, committer, nil, message, treeObject, parentCommit == nil ? 0 : 1, &first)
    guard status == 0, let text = buffer.ptr else { throw failure("write the commit") }
    let object = Array(UnsafeRawBufferPointer(start: text, count: buffer.size))
    return Draft(object: object, reference: reference, parent: parent, branch: branch, files: stored)
  }

  /// Locks Git's index, so that other programs cannot change what the commit consists of. The files may then be
  /// written.
  ///
  /// - Throws: `GitStoreError` if another program holds the lock, or if something has changed since the draft was made.
  package func begin(_ draft: Draft) throws {
    let lock = try IndexLock(indexPath)
    try refuseUnfinished()
    let (reference, parent) = try target(of: draft.branch)
    guard reference == draft.reference, parent == draft.parent else {
      throw GitStoreError(.conflict, "a commit was made meanwhile: run the command again")
    }
    try checkClean(draft.files.map(\.path))
    self.lock = lock
  }

  /// Releases the lock without making a commit.
  package func abandon() { lock = nil }

  /// A completed commit.
  package struct Commit: Sendable {
    /// The commit's id, 40 hexadecimal digits.
    package let id: String
    /// Whether the commit was made but Git's index could not be replaced.
    package let isIndexBehind: Bool
  }

  /// Makes the commit of files that have been written, moves its branch to it, and updates the index.
  ///
  /// - Parameter signature: an armored SSH signature of the draft's object; nil for an unsigned commit.
  /// - Throws: `GitStoreError` if the branch has moved in the meantime or Git fails; branch and index are then
  ///   unchanged.
  package func commit(_ draft: Draft, signature: String?) throws -> Commit {
    guard let lock else { throw GitStoreError(.conflict, "Git's index is not locked") }
    defer { self.lock = nil }
    var id = git_oid()
    let text = String(decoding: draft.object, as: UTF8.self)
    guard git_commit_create_with_signature(&id, handle.pointer, text, signature, nil) == 0 else {
      throw failure("write the commit")
    }
    for file in draft.files {
      var status = stat()
      guard let bytes = file.id, let folder = handle.workingFolder,
        lstat(folder + prefix + file.path, &status) == 0
      else {
        try lock.remove(prefix + file.path)
        continue
      }
      try lock.put(prefix + file.path, git_oid(bytes: bytes), mode: file.mode, status)
    }
    try lock.prepare()
    try move(draft, to: &id, "commit: \(text.split(separator: "\n\n", maxSplits: 1).last?.prefix { $0 != "\n" } ?? "")")
    return Commit(id: hexadecimal(&id), isIndexBehind: !lock.commit())
  }

  private func move(_ draft: Draft, to id: inout git_oid, _ note: String) throws {
    let committer = try identity(.committer)
    git_repository_set_ident(handle.pointer, committer.name, committer.email)
    var reference: OpaquePointer?
    defer { git_reference_free(reference) }
    let status: Int32
    if let parent = draft.parent, !draft.switches {
      var old = git_oid()
      git_oid_fromstr(&old, parent)
      status = git_reference_create_matching(&reference, handle.pointer, draft.reference, &id, 1, &old, note)
    } else {
      status = git_reference_create(&reference, handle.pointer, draft.reference, &id, 0, note)
    }
    guard status == 0 else { throw failure("move `\(draft.reference)`") }
    if draft.switches, git_repository_set_head(handle.pointer, draft.reference) != 0 {
      let failure = failure("check out `\(draft.reference)`")
      git_reference_delete(reference)
      throw failure
    }
  }

  // MARK: - libgit2

  /// Returns the full name of the commit's branch, and the parent: the commit that the branch points to or starts at.
  private func target(of branch: Branch) throws -> (reference: String, parent: String?) {
    var head: OpaquePointer?
    let status = git_repository_head(&head, handle.pointer)
    defer { git_reference_free(head) }
    let parent = status == 0 ? head.flatMap { git_reference_target($0) }.map { hexadecimal($0) } : nil
    guard status == 0 || status == GIT_EUNBORNBRANCH.rawValue else { throw failure("read HEAD") }
    switch branch {
    case .new(let name):
      let reference = "refs/heads/\(name)"
      var isValid: Int32 = 0
      guard git_reference_name_is_valid(&isValid, reference) == 0, isValid == 1, !name.hasPrefix("-") else {
        throw GitStoreError(.conflict, "`\(name)` is not a valid branch name")
      }
      var existing: OpaquePointer?
      if git_reference_lookup(&existing, handle.pointer, reference) == 0 {
        git_reference_free(existing)
        throw GitStoreError(.conflict, "the branch `\(name)` already exists: name another, or `git switch` to it")
      }
      return (reference, parent)
    case .current:
      if status == 0, let head {
        guard git_reference_is_branch(head) == 1 else {
          throw GitStoreError(.conflict, "HEAD is not on a branch: name a new one with --branch")
        }
        return (String(cString: git_reference_name(head)), parent)
      }
      var symbolic: OpaquePointer?
      guard git_reference_lookup(&symbolic, handle.pointer, "HEAD") == 0, let symbolic,
        let name = git_reference_symbolic_target(symbolic)
      else { throw failure("read HEAD") }
      defer { git_reference_free(symbolic) }
      return (String(cString: name), nil)
    }
  }

  /// Stores contents as `git add` would, with the file modes of the last commit.
  private func store(
    _ files: [(path: String, bytes: [UInt8]?)], over parent: OpaquePointer?
  ) throws -> [StoredFile] {
    var tree: OpaquePointer?
    if let parent, git_commit_tree(&tree, parent) != 0 { throw failure("read the last commit") }
    defer { git_tree_free(tree) }
    return try files.map { path, bytes in
      guard let bytes else { return StoredFile(path: path, id: nil, mode: 0) }
      var known: OpaquePointer?
      defer { git_tree_entry_free(known) }
      var mode = GIT_FILEMODE_BLOB.rawValue
      if let tree, git_tree_entry_bypath(&known, tree, prefix + path) == 0 {
        mode = git_tree_entry_filemode(known).rawValue
      }
      return StoredFile(path: path, id: try store(bytes, as: prefix + path), mode: mode)
    }
  }

  private func store(_ bytes: [UInt8], as path: String) throws -> [UInt8] {
    guard let id = Self.store(bytes, as: path, in: handle.pointer) else { throw failure("store `\(path)`") }
    return id
  }

  private nonisolated static func store(_ bytes: [UInt8], as path: String, in repository: OpaquePointer) -> [UInt8]? {
    var filters: OpaquePointer?
    // Applies Git's built-in filters, such as line-ending conversion, as `git add` does.
    guard git_filter_list_load(&filters, repository, nil, path, GIT_FILTER_TO_ODB, 0) == 0 else { return nil }
    defer { git_filter_list_free(filters) }
    var filtered = git_buf()
    defer { git_buf_dispose(&filtered) }
    var id = git_oid()
    let status = bytes.withUnsafeBytes { bytes in
      let base = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
      guard filters != nil else { return git_blob_create_from_buffer(&id, repository, base, bytes.count) }
      let status = git_filter_list_apply_to_buffer(&filtered, filters, base, bytes.count)
      return status == 0 ? git_blob_create_from_buffer(&id, repository, filtered.ptr, filtered.size) : status
    }
    return status == 0 ? id.bytes : nil
  }

  private func tree(over parent: OpaquePointer?, _ files: [StoredFile]) throws -> git_oid {
    var index: OpaquePointer?
    guard git_index_new(&index) == 0, let index else { throw failure("make an index") }
    defer { git_index_free(index) }
    if let parent {
      var tree: OpaquePointer?
      guard git_commit_tree(&tree, parent) == 0, let tree else { throw failure("read the last commit") }
      defer { git_tree_free(tree) }
      guard git_index_read_tree(index, tree) == 0 else { throw failure("read the last commit") }
    }
    for file in files {
      let path = prefix + file.path
      guard let id = file.id else {
        guard git_index_remove(index, path, 0) == 0 else { throw failure("remove `\(path)`") }
        continue
      }
      var entry = git_index_entry()
      entry.id = git_oid(bytes: id)
      entry.mode = file.mode
      let status = path.withCString { path in
        entry.path = path
        return git_index_add(index, &entry)
      }
      guard status == 0 else { throw failure("add `\(path)`") }
    }
    var id = git_oid()
    guard git_index_write_tree_to(&id, index, handle.pointer) == 0 else { throw failure("write a tree") }
    return id
  }

  private var indexPath: String { handle.gitFolder + "index" }

  private func lookUp(_ id: String) throws -> OpaquePointer {
    var oid = git_oid()
    var commit: OpaquePointer?
    guard git_oid_fromstr(&oid, id) == 0, git_commit_lookup(&commit, handle.pointer, &oid) == 0, let commit else {
      throw failure("read the last commit")
    }
    return commit
  }

  private func identity(_ role: CommitIdentity.Role) throws -> CommitIdentity {
    try CommitIdentity(
      role, variable: { getenv($0).map { String(cString: $0) } }, configured: configuration, fallback: author, now: .now
    )
  }

  private func failure(_ what: String) -> GitStoreError {
    GitStoreError(.unreadable, "Git could not \(what): \(gitReason())")
  }

  private static func configuredBranch() -> String? { userConfiguration("init.defaultBranch") }

  /// Returns a value of the user's or the system's Git configuration, outside any repository; nil if it is not set.
  package static func userConfiguration(_ name: String) -> String? {
    EnvironmentConfiguration().value(name)
  }
}
