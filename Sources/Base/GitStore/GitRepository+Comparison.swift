import CLibgit2

extension GitRepository {
  /// The path of the config repository's working folder; nil for a bare repository.
  package var workingFolder: String? { handle.workingFolder.map { $0 + folder } }

  /// Returns the config repository's files as checked out; nil if they equal those of a revision, or if the repository
  /// is bare. Ignored files do not count.
  ///
  /// - Throws: `GitStoreError` if the folder or the revision cannot be read.
  package func changedFolder(since revision: String) throws -> (WorkingFolder, SourceTree)? {
    guard let workingFolder else { return nil }
    let working = try WorkingFolder(at: workingFolder)
    let listed = try working.tree(isIdentified: true)
    let committed = try tree(at: revision)
    let isSame =
      listed.entries.count == committed.entries.count
      && zip(listed.entries, committed.entries).allSatisfy { left, right in
        left.path.utf8.elementsEqual(right.path.utf8) && left.kind == right.kind && left.identity == right.identity
      }
    return isSame ? nil : (working, listed)
  }

  /// Returns the merge base of two revisions; nil if they have no common ancestor, or if a shallow clone lacks it.
  ///
  /// - Throws: `GitStoreError` if one of them is not a commit.
  package func mergeBase(of one: String, and other: String) throws -> String? {
    let (first, second) = (try lookUp(one), try lookUp(other))
    defer {
      git_object_free(first)
      git_object_free(second)
    }
    var base = git_oid()
    guard git_merge_base(&base, handle.pointer, git_commit_id(first), git_commit_id(second)) == 0 else { return nil }
    return hexadecimal(&base)
  }
}
