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
  private let url: String
  private let branch: String
  private let credentials: GitCredentials
  private let mirror: GitMirror
  package let repository: GitRepository

  /// - Parameter path: where our own bare repository is kept.
  package init(url: String, branch: String, credentials: GitCredentials, mirror path: String) throws {
    self.url = url
    self.branch = branch
    self.credentials = credentials
    mirror = try GitMirror(at: path)
    repository = try GitRepository(at: path)
  }

  package func newest() async throws -> CommitInfo {
    try await repository.commit(try await mirror.fetch(url, branch: branch, credentials: credentials))
  }

  package func isAncestor(_ old: String, of new: String) async throws -> Bool {
    try await mirror.isAncestor(old, of: new)
  }

  package var canBeSigned: Bool { true }
  package var description: String { "\(GitURL.shown(url)) (\(branch))" }
}

/// A plain folder, which is committed to a private repository whenever its content changes.
package struct FolderSource: RepositorySource {
  private let folder: WorkingFolder
  private let mirror: GitMirror
  package let repository: GitRepository
  private let author: String

  package init(folder path: String, author: String, mirror: String) throws {
    folder = try WorkingFolder(at: path)
    self.mirror = try GitMirror(at: mirror)
    repository = try GitRepository(at: mirror)
    self.author = author
  }

  package func newest() async throws -> CommitInfo {
    let tree = try folder.tree()
    let files = tree.entries.filter { $0.kind == .file }
    let contents = try await folder.contents(of: files)
    let commit = try await mirror.commit(
      files.compactMap { entry in contents[entry.path].map { (entry.path, $0) } }, branch: "folder", author: author,
      email: "\(author)@localhost", message: "The folder as it stands")
    return try await repository.commit(commit.id)
  }

  package func isAncestor(_ old: String, of new: String) async throws -> Bool {
    try await mirror.isAncestor(old, of: new)
  }

  /// Whoever may write to the folder may do everything.
  package var canBeSigned: Bool { false }
  package var description: String { folder.path }
}
