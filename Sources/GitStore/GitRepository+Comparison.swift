import CLibgit2

extension GitRepository {
  /// The folder that the repository is checked out in; nil for a bare one.
  package var workingFolder: String? { git_repository_workdir(handle.pointer).map { String(cString: $0) } }

  /// Whether the working folder or the index has anything that the newest commit has not. What Git ignores does not count.
  ///
  /// - Throws: `GitStoreError` where the index or the folder cannot be read.
  package func isWorkingFolderChanged() throws -> Bool {
    var options = git_status_options()
    git_status_options_init(&options, UInt32(GIT_STATUS_OPTIONS_VERSION))
    options.show = GIT_STATUS_SHOW_INDEX_AND_WORKDIR
    options.flags = GIT_STATUS_OPT_INCLUDE_UNTRACKED.rawValue
    var list: OpaquePointer?
    guard git_status_list_new(&list, handle.pointer, &options) == 0, let list else {
      throw GitStoreError(.unreadable, "the working folder cannot be compared with its commit: \(gitReason())")
    }
    defer { git_status_list_free(list) }
    return git_status_list_entrycount(list) > 0
  }

  /// The commit in which two revisions parted; nil where they have none in common, or where a shallow clone does not hold it.
  ///
  /// - Throws: `GitStoreError` where one of them is no commit.
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
