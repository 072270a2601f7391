/// A config repository as recorded in Git's index: the content of a commit made now, regardless of the working folder.
package struct StagedFolder: Sendable {
  /// The config repository's path.
  package let path: String

  package init(at path: String) { self.path = path }

  /// Returns all files of the index below the folder, with their ids.
  ///
  /// - Throws: `GitStoreError` if the folder is in no repository, its index cannot be read, or there are unmerged
  ///   files.
  package func tree() throws -> SourceTree { SourceTree(entries: try git().staged()) }

  /// Reads files and returns their contents by path.
  ///
  /// - Throws: `GitStoreError` if a file is not in the object database.
  package func contents(of entries: [SourceEntry]) async throws -> [String: [UInt8]] { try git().contents(of: entries) }

  private func git() throws -> FolderInGit {
    guard let git = try FolderInGit.find(path, isForHook: true) else {
      throw GitStoreError(
        .notARepository, "`\(path)` is not in a Git repository, or is ignored by it, so nothing is staged there")
    }
    return git
  }
}
