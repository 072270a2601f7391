/// A config repository as Git's index has it: what a commit made now would hold, whatever the working folder looks like.
package struct StagedFolder: Sendable {
  package let path: String

  package init(at path: String) { self.path = path }

  /// Every file of the index below the folder, with its id.
  ///
  /// - Throws: `GitStoreError` if the folder is in no repository, its index cannot be read, or files are not merged.
  package func tree() throws -> SourceTree { SourceTree(entries: try git().staged()) }

  /// The contents of files by path.
  ///
  /// - Throws: `GitStoreError` if one is not in the object database.
  package func contents(of entries: [SourceEntry]) async throws -> [String: [UInt8]] { try git().contents(of: entries) }

  private func git() throws -> FolderInGit {
    guard let git = try FolderInGit.find(path, isForHook: true) else {
      throw GitStoreError(
        .notARepository, "`\(path)` is in no Git repository, or is ignored by it, so that nothing is staged there")
    }
    return git
  }
}
