import CLibgit2

extension GitRepository {
  /// Returns the commits of a range along first parents, newest first.
  ///
  /// - Parameter range: `OLD..NEW`, or one revision to include all of its ancestors.
  /// - Throws: `GitStoreError` if either end is not a commit.
  package func history(_ range: String, limit: Int = .max) throws -> [CommitInfo] {
    let ends = range.firstRange(of: "..").map { (String(range[..<$0.lowerBound]), String(range[$0.upperBound...])) }
    let newest = try lookUp(ends.map { $0.1.isEmpty ? "HEAD" : $0.1 } ?? range)
    defer { git_object_free(newest) }
    var walk: OpaquePointer?
    guard git_revwalk_new(&walk, handle.pointer) == 0, let walk else {
      throw GitStoreError(.unreadable, "the history cannot be walked: \(gitReason())")
    }
    defer { git_revwalk_free(walk) }
    git_revwalk_sorting(walk, GIT_SORT_TOPOLOGICAL.rawValue)
    git_revwalk_simplify_first_parent(walk)
    git_revwalk_push(walk, git_commit_id(newest))
    if let (oldest, _) = ends {
      let hidden = try lookUp(oldest)
      defer { git_object_free(hidden) }
      git_revwalk_hide(walk, git_commit_id(hidden))
    }
    var commits: [CommitInfo] = []
    var id = git_oid()
    while commits.count < limit, git_revwalk_next(&id, walk) == 0 { commits.append(try commit(hexadecimal(&id))) }
    return commits
  }

  /// Returns a commit object as Git stores it, without its header of type and length.
  ///
  /// - Throws: `GitStoreError` if the object is missing or damaged.
  package func object(ofCommit id: String) throws -> [UInt8] {
    let commit = try lookUp(id)
    defer { git_object_free(commit) }
    var database: OpaquePointer?
    guard git_repository_odb(&database, handle.pointer) == 0, let database else {
      throw GitStoreError(.unreadable, "the object database cannot be read: \(gitReason())")
    }
    defer { git_odb_free(database) }
    var object: OpaquePointer?
    guard git_odb_read(&object, database, git_commit_id(commit)) == 0, let object else {
      throw GitStoreError(.corrupt, "the commit `\(id)` cannot be read: \(gitReason()). Run `git fsck`")
    }
    defer { git_odb_object_free(object) }
    return Array(UnsafeRawBufferPointer(start: git_odb_object_data(object), count: git_odb_object_size(object)))
  }
}
