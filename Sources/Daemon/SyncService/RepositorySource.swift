import FoundationEssentials
package import GitStore

/// Where commits come from. Fetching ends with a commit that stands in a repository of our own.
package protocol RepositorySource: Sendable {
  /// The newest commit.
  ///
  /// - Throws: `GitStoreError` where it cannot be had; what is there stays in force.
  func newest() async throws -> CommitInfo
  /// Reads from the repository that the commits are in.
  var repository: GitRepository { get }
  /// Whether `new` is `old` or came after it.
  func isAncestor(_ old: String, of new: String) async throws -> Bool
  /// Whether somebody else made the commits, who could sign them.
  var canBeSigned: Bool { get }
  /// To show.
  var description: String { get }
}

/// A branch of a repository that somebody else writes to: https, ssh or file.
package struct RemoteSource: RepositorySource {
  private let remote: GitRemote
  private let branch: String
  private let kept: KeptMirror
  private let check: @Sendable () throws -> Void

  /// - Parameters:
  ///   - path: where our own bare repository is kept.
  ///   - folder: the config repository's folder in the other one; empty for its root.
  ///   - note: called with one line about what happened to that.
  ///   - check: throws if the branch is not the one to be followed any more.
  package init(
    url: String, branch: String, credentials: GitCredentials, timeout: GitTimeouts = GitTimeouts(),
    mirror path: String, folder: String = "", note: @escaping @Sendable (String) -> Void = { _ in },
    check: @escaping @Sendable () throws -> Void = {}
  ) throws {
    self.branch = branch
    self.check = check
    kept = try KeptMirror(at: path, folder: folder, note: note)
    remote = try GitRemote(url: url, branch: branch, credentials: credentials, timeout: timeout, mirror: path)
  }

  package var repository: GitRepository { kept.repository }

  package func newest() async throws -> CommitInfo {
    try await kept.read({ try await look() }, refillingBy: { _ = try await remote.fetch(known: nil, into: $0) })
  }

  private func look() async throws -> CommitInfo {
    try check()
    let known = await kept.mirror.tip(of: branch)
    let listed = try await remote.fetch(known: known)
    guard listed != known else { return try await commit(listed) }
    try await kept.tidy()
    // The branch may have moved between the look and the fetch.
    return try await commit(await kept.mirror.tip(of: branch) ?? listed)
  }

  /// A commit that was fetched: if it is not there, what is here is damaged.
  private func commit(_ id: String) async throws -> CommitInfo {
    do {
      return try await repository.commit(id)
    } catch let error as GitStoreError where error.code == .unknownRevision {
      throw GitStoreError(.corrupt, error.reason)
    }
  }

  package func isAncestor(_ old: String, of new: String) async throws -> Bool {
    try await kept.mirror.isAncestor(old, of: new)
  }

  package var canBeSigned: Bool { true }
  package var description: String { "\(remote.address.shown) (\(branch))" }
}

/// A plain folder, which is committed to a private repository whenever its content changes.
package struct FolderSource: RepositorySource {
  private let folder: WorkingFolder
  private let kept: KeptMirror
  private let author: String

  package init(
    folder path: String, author: String, mirror: String, note: @escaping @Sendable (String) -> Void = { _ in }
  ) throws {
    folder = try WorkingFolder(at: path)
    kept = try KeptMirror(at: mirror, note: note)
    self.author = author
  }

  package var repository: GitRepository { kept.repository }

  package func newest() async throws -> CommitInfo {
    let tree = try folder.tree()
    let files = tree.entries.filter { $0.kind == .file }
    let contents = try await folder.contents(of: files)
    let present = files.compactMap { entry in contents[entry.path].map { (path: entry.path, bytes: $0) } }
    return try await kept.read(
      {
        let commit = try await commit(present, to: kept.mirror)
        if commit.isNew { try await kept.tidy() }
        return try await repository.commit(commit.id)
      },
      refillingBy: { _ = try await commit(present, to: GitMirror(at: $0)) })
  }

  private func commit(
    _ files: [(path: String, bytes: [UInt8])], to mirror: GitMirror
  ) async throws -> (id: String, isNew: Bool) {
    try await mirror.commit(
      files, branch: "folder", author: author, email: "\(author)@localhost", message: "The folder as it is")
  }

  package func isAncestor(_ old: String, of new: String) async throws -> Bool {
    try await kept.mirror.isAncestor(old, of: new)
  }

  /// Whoever may write to the folder may do everything.
  package var canBeSigned: Bool { false }
  package var description: String { folder.path }
}
