import BlockingCalls
import CLibgit2
import Glibc

/// A Git repository with a working folder, in which commits of a few files are made. All calls run on one thread of
/// their own. No hook runs.
///
/// A commit takes the tree of HEAD with these files as they lie in the working folder. What else is changed or staged
/// stays as it is, and out of the commit.
package actor GitWorktree {
  private let executor = DedicatedThread()
  private let handle: GitHandle
  /// The config repository's path below the working folder, with a final `/`.
  private let prefix: String
  /// Who commits where Git's configuration names nobody.
  private let author: Author?

  package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// Somebody who makes commits.
  package struct Author: Sendable {
    let name: String
    let email: String

    package init(name: String, email: String) {
      self.name = name
      self.email = email
    }
  }

  /// Opens the repository whose working folder `path` is, or lies in.
  ///
  /// - Throws: `GitStoreError` where there is none, or it is bare.
  package init(at path: String, author: Author? = nil) throws {
    self.author = author
    handle = try GitHandle { reason in
      GitStoreError(.notARepository, "`\(path)` is in no Git repository: \(reason). Run `git init` there")
    } open: { pointer in
      git_repository_open_ext(&pointer, path, 0, nil)
    }
    guard let real = realpath(path, nil) else {
      throw GitStoreError(.unreadable, "`\(path)` cannot be read: \(String(cString: strerror(errno)))")
    }
    defer { free(real) }
    guard let folder = git_repository_workdir(handle.pointer).map({ String(cString: $0) }),
      (String(cString: real) + "/").hasPrefix(folder)
    else {
      throw GitStoreError(
        .notARepository, "the repository of `\(path)` is bare: edit a clone of it, and push")
    }
    prefix = String((String(cString: real) + "/").dropFirst(folder.count))
  }

  /// Makes a repository without a commit.
  ///
  /// - Parameter branch: the branch of its first commit where Git's configuration names none.
  package init(creatingAt path: String, branch: String, author: Author) throws {
    self.author = author
    let name = Self.configuredBranch() ?? branch
    handle = try GitHandle { reason in
      GitStoreError(.unreadable, "no Git repository can be made in `\(path)`: \(reason)")
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
  }

  deinit { executor.stop() }

  /// Where commits go.
  package enum Branch: Sendable, Equatable {
    /// The branch that is checked out.
    case current
    /// A new branch, which is checked out with the commit.
    case new(String)
  }

  /// A value of Git's configuration, of the repository, the user or the system.
  package func configuration(_ name: String) -> String? {
    var configuration: OpaquePointer?
    guard git_repository_config_snapshot(&configuration, handle.pointer) == 0, let configuration else { return nil }
    defer { git_config_free(configuration) }
    var value: UnsafePointer<CChar>?
    guard git_config_get_string(&value, configuration, name) == 0, let value else { return nil }
    return String(cString: value)
  }

  /// Whether there is no commit yet.
  package var isUnborn: Bool { git_repository_head_unborn(handle.pointer) == 1 }

  /// Throws where a commit of these files could not be made, before anything is written.
  ///
  /// - Parameter paths: below the config repository.
  /// - Throws: `GitStoreError` where a file has changes that are not committed yet, which would be swept in, where the
  ///   branch exists or HEAD stands on none, or where Git does not know who commits.
  package func checkCommit(of paths: [String], on branch: Branch) throws {
    git_signature_free(try signature())
    _ = try target(of: branch)
    for path in paths {
      var status: UInt32 = 0
      let found = git_status_file(&status, handle.pointer, prefix + path)
      guard found != 0 || status == GIT_STATUS_CURRENT.rawValue else {
        throw GitStoreError(
          .conflict,
          "`\(path)` has changes that are not committed yet, and they would go into this commit: "
            + "commit or stash them first, or leave out --commit")
      }
    }
  }

  /// What was made ready to be signed and committed.
  package struct Draft: Sendable {
    /// The commit's object as it will be, without a signature.
    package let object: [UInt8]
    fileprivate let reference: String
    fileprivate let parent: String?
    fileprivate let switches: Bool
    fileprivate let paths: [String]
  }

  /// Stores the files and makes the commit's text; no reference and no index is changed yet.
  ///
  /// - Parameter paths: files below the config repository which were written or removed.
  package func draft(_ paths: [String], message: String, on branch: Branch) throws -> Draft {
    let (reference, parent) = try target(of: branch)
    let parentCommit = try parent.map { try lookUp($0) }
    defer { git_object_free(parentCommit) }
    var tree = try tree(over: parentCommit, paths)
    var treeObject: OpaquePointer?
    guard git_tree_lookup(&treeObject, handle.pointer, &tree) == 0, let treeObject else {
      throw failure("write a tree")
    }
    defer { git_tree_free(treeObject) }
    let signature = try signature()
    defer { git_signature_free(signature) }
    var buffer = git_buf()
    defer { git_buf_dispose(&buffer) }
    var first = parentCommit
    let status = git_commit_create_buffer(
      &buffer, handle.pointer, signature, signature, nil, message, treeObject, parentCommit == nil ? 0 : 1, &first)
    guard status == 0, let text = buffer.ptr else { throw failure("write the commit") }
    let object = Array(UnsafeRawBufferPointer(start: text, count: buffer.size))
    return Draft(
      object: object, reference: reference, parent: parent, switches: branch != .current, paths: paths)
  }

  /// Makes the commit, moves its branch there, and tells the index of its files.
  ///
  /// - Parameter signature: an armored SSH signature of the draft's object.
  /// - Returns: the commit's id.
  /// - Throws: `GitStoreError` where the branch moved meanwhile, or Git refuses.
  package func commit(_ draft: Draft, signature: String?) throws -> String {
    var id = git_oid()
    let text = String(decoding: draft.object, as: UTF8.self)
    guard git_commit_create_with_signature(&id, handle.pointer, text, signature, nil) == 0 else {
      throw failure("write the commit")
    }
    var reference: OpaquePointer?
    let note = "commit: \(text.split(separator: "\n\n", maxSplits: 1).last?.prefix { $0 != "\n" } ?? "")"
    let status: Int32
    if let parent = draft.parent, !draft.switches {
      var old = git_oid()
      git_oid_fromstr(&old, parent)
      status = git_reference_create_matching(&reference, handle.pointer, draft.reference, &id, 1, &old, note)
    } else {
      status = git_reference_create(&reference, handle.pointer, draft.reference, &id, 0, note)
    }
    guard status == 0 else { throw failure("move `\(draft.reference)`") }
    git_reference_free(reference)
    if draft.switches, git_repository_set_head(handle.pointer, draft.reference) != 0 {
      throw failure("check out `\(draft.reference)`")
    }
    try updateIndex(draft.paths)
    return hexadecimal(&id)
  }

  // MARK: - libgit2

  /// Where the commit goes: the full name of its branch, and the commit that is there or that the branch begins at.
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
        throw GitStoreError(.conflict, "`\(name)` cannot be a branch's name")
      }
      var existing: OpaquePointer?
      if git_reference_lookup(&existing, handle.pointer, reference) == 0 {
        git_reference_free(existing)
        throw GitStoreError(.conflict, "there is a branch `\(name)` already: name another, or `git switch` to it")
      }
      return (reference, parent)
    case .current:
      if status == 0, let head {
        guard git_reference_is_branch(head) == 1 else {
          throw GitStoreError(.conflict, "HEAD stands on no branch: name a new one with --branch")
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

  private func tree(over parent: OpaquePointer?, _ paths: [String]) throws -> git_oid {
    var index: OpaquePointer?
    guard git_index_new(&index) == 0, let index else { throw failure("make an index") }
    defer { git_index_free(index) }
    if let parent {
      var tree: OpaquePointer?
      guard git_commit_tree(&tree, parent) == 0, let tree else { throw failure("read the last commit") }
      defer { git_tree_free(tree) }
      guard git_index_read_tree(index, tree) == 0 else { throw failure("read the last commit") }
    }
    for path in paths.map({ prefix + $0 }) {
      guard isInFolder(path) else {
        guard git_index_remove(index, path, 0) == 0 else { throw failure("remove `\(path)`") }
        continue
      }
      var entry = git_index_entry()
      // From the working folder, so that Git's own filters (line ends) apply as they would with `git add`.
      guard git_blob_create_from_workdir(&entry.id, handle.pointer, path) == 0 else { throw failure("store `\(path)`") }
      let known = git_index_get_bypath(index, path, 0)
      entry.mode = known?.pointee.mode ?? GIT_FILEMODE_BLOB.rawValue
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

  private func updateIndex(_ paths: [String]) throws {
    var index: OpaquePointer?
    guard git_repository_index(&index, handle.pointer) == 0, let index, git_index_read(index, 0) == 0 else {
      throw failure("read the index")
    }
    defer { git_index_free(index) }
    for path in paths.map({ prefix + $0 }) {
      let status = isInFolder(path) ? git_index_add_bypath(index, path) : git_index_remove_bypath(index, path)
      guard status == 0 else { throw failure("put `\(path)` into the index") }
    }
    guard git_index_write(index) == 0 else { throw failure("write the index") }
  }

  private func isInFolder(_ path: String) -> Bool {
    guard let folder = git_repository_workdir(handle.pointer) else { return false }
    var status = stat()
    return lstat(String(cString: folder) + path, &status) == 0
  }

  private func lookUp(_ id: String) throws -> OpaquePointer {
    var oid = git_oid()
    var commit: OpaquePointer?
    guard git_oid_fromstr(&oid, id) == 0, git_commit_lookup(&commit, handle.pointer, &oid) == 0, let commit else {
      throw failure("read the last commit")
    }
    return commit
  }

  private func signature() throws -> UnsafeMutablePointer<git_signature> {
    var signature: UnsafeMutablePointer<git_signature>?
    var status = git_signature_default(&signature, handle.pointer)
    if status != 0, let author { status = git_signature_now(&signature, author.name, author.email) }
    guard status == 0, let signature else {
      throw GitStoreError(
        .conflict,
        "Git does not know who you are: `git config --global user.name NAME` and `git config --global user.email ADDRESS`"
      )
    }
    return signature
  }

  private func failure(_ what: String) -> GitStoreError {
    GitStoreError(.unreadable, "Git could not \(what): \(gitReason())")
  }

  private static func configuredBranch() -> String? { userConfiguration("init.defaultBranch") }

  /// A value of the user's or the system's configuration of Git, outside any repository.
  package static func userConfiguration(_ name: String) -> String? {
    git_libgit2_init()
    defer { git_libgit2_shutdown() }
    var configuration: OpaquePointer?
    guard git_config_open_default(&configuration) == 0, let configuration else { return nil }
    defer { git_config_free(configuration) }
    var buffer = git_buf()
    defer { git_buf_dispose(&buffer) }
    guard git_config_get_string_buf(&buffer, configuration, name) == 0, let text = buffer.ptr else {
      return nil
    }
    return String(cString: text)
  }
}
