import FoundationEssentials
package import GitStore

/// Source of commits. A fetched commit is in a repository of the daemon's own.
package protocol RepositorySource: Sendable {
  /// Fetches the newest commit.
  ///
  /// - Throws: `GitStoreError` if it cannot be fetched. Then the commit in force stays.
  func newest() async throws -> CommitInfo
  /// The repository that holds the fetched commits.
  var repository: GitRepository { get }
  /// Whether `new` is `old` or a descendant of it.
  ///
  /// - Throws: `GitStoreError` if one of them cannot be read.
  func isAncestor(_ old: String, of new: String) async throws -> Bool
  /// Whether users make the commits, so that they can sign them.
  var canBeSigned: Bool { get }
  /// The address and branch or path, to show.
  var description: String { get }
}

/// Branch of a repository that others write to, by https, ssh or file.
package struct RemoteSource: RepositorySource {
  private let remote: GitRemote
  private let branch: String
  private let kept: KeptMirror
  private let check: @Sendable () throws -> Void

  /// - Parameters:
  ///   - timeouts: time limits of a fetch.
  ///   - path: the daemon's own bare repository, which is made if it does not exist.
  ///   - folder: the folder of the configuration in the repository; empty for its root.
  ///   - onNotice: called with one line if the bare repository had to be made again.
  ///   - check: called before each fetch; throws if the branch must no longer be followed.
  /// - Throws: `GitStoreError` if the address or the bare repository cannot be used.
  package init(
    url: String, branch: String, credentials: GitCredentials, timeouts: GitTimeouts = GitTimeouts(),
    mirror path: String, folder: String = "", onNotice: @escaping @Sendable (String) -> Void = { _ in },
    check: @escaping @Sendable () throws -> Void = {}
  ) throws {
    self.branch = branch
    self.check = check
    kept = try KeptMirror(at: path, folder: folder, note: onNotice)
    remote = try GitRemote(url: url, branch: branch, credentials: credentials, timeouts: timeouts, mirror: path)
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
    // The branch may have moved between the listing and the fetch.
    return try await commit(await kept.mirror.tip(of: branch) ?? listed)
  }

  /// A fetched commit; if it is missing, the repository is damaged.
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

/// Plain folder, which is committed to a private repository whenever its content changes.
package struct FolderSource: RepositorySource {
  private let folder: WorkingFolder
  private let kept: KeptMirror
  private let author: String

  /// - Parameters:
  ///   - path: the folder to follow.
  ///   - author: the author of the commits.
  ///   - mirror: the private repository, which is made if it does not exist.
  ///   - onNotice: called with one line if the private repository had to be made again.
  /// - Throws: `GitStoreError` if the folder or the repository cannot be used.
  package init(
    folder path: String, author: String, mirror: String, onNotice: @escaping @Sendable (String) -> Void = { _ in }
  ) throws {
    folder = try WorkingFolder(at: path)
    kept = try KeptMirror(at: mirror, note: onNotice)
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

  /// False: a user who may write to the folder may do everything.
  package var canBeSigned: Bool { false }
  package var description: String { folder.path }
}
