package import ChangeSet
package import ConfigCompiler
import ConfigModel
package import GitStore

/// Compiler of commits in the object database, which reuses whatever did not change since the last one.
///
/// All commands and the daemon compile commits here, so that they agree on the change between two. If several documents claim
/// something that only one may have, the document that had it first keeps it. The base decides which one that is, and if the
/// base does not know, the commits before this one do.
package actor IncrementalCompiler {
  private let repository: GitRepository
  private var last: (source: SourceTree, compilation: Compilation)?

  /// The commit that was compiled last, with all claims decided.
  private var settled: (commit: String, compilation: Compilation)?

  /// The largest number of earlier commits that are read. A claim that was contested for longer is given to no document.
  private static let maxHistory = 500
  /// The largest number of commits, up to the one that is compiled, whose changes are compared after a start.
  private static let maxComparedHistory = 50

  package init(_ repository: GitRepository) { self.repository = repository }

  /// Compiles a commit.
  ///
  /// - Parameters:
  ///   - now: seconds since 1970 against which expiry is checked.
  ///   - base: the compilation of the commit that was accepted last; if it is nil, the history alone decides claims.
  /// - Throws: `GitStoreError` if the commit cannot be read.
  package func compile(_ commit: CommitInfo, now: Int64, base: Compilation? = nil) async throws -> Compilation {
    try await revision(commit, now: now, base: base).compilation
  }

  /// Compiles a commit after a start, when the compilation in force before it is not known.
  ///
  /// A change that a rule of the operator refused is not in force, and the next commit does not bring it into force. The
  /// history shows which changes those are.
  ///
  /// - Throws: `GitStoreError` if the commit cannot be read.
  package func compileAfterStart(_ commit: CommitInfo, now: Int64) async throws -> Compilation {
    let compilation = try await compile(commit, now: now)
    guard compilation.comparesChanges else { return compilation }
    var commits = [commit]
    while commits.count < Self.maxComparedHistory, let parent = commits.last?.parents.first,
      let earlier = try? await repository.commit(parent)
    {
      commits.append(earlier)
    }
    var before: Compilation?
    for earlier in commits.reversed() { before = try await compile(earlier, now: now, base: before) }
    return before ?? compilation
  }

  /// Compiles a commit as one side of a change.
  ///
  /// - Throws: `GitStoreError` if the commit cannot be read.
  package func revision(_ commit: CommitInfo, now: Int64, base: Compilation? = nil) async throws -> Revision {
    var revision = try await compileOne(commit, now, base, old: base)
    let disputes = revision.compilation.holdings.disputes
    if !disputes.isEmpty {
      let basis = try await basis(for: disputes, before: commit, now, base)
      revision = try await compileOne(commit, now, basis, old: base)
    }
    settled = (commit.id, revision.compilation)
    return revision
  }

  /// The compilation of a commit's first parent with these claims decided: compiled from the commit on at which none of them
  /// was contested, or from the commit that was decided last.
  private func basis(
    for disputes: Holdings.Disputes, before commit: CommitInfo, _ now: Int64, _ base: Compilation?
  ) async throws -> Compilation? {
    if let settled, settled.commit == commit.id { return settled.compilation }
    var basis = base
    var commits: [CommitInfo] = []
    var next = commit.parents.first
    while let id = next, commits.count < Self.maxHistory {
      if let settled, settled.commit == id {
        basis = settled.compilation
        break
      }
      // A shallow clone ends somewhere.
      guard let earlier = try? await repository.commit(id) else { break }
      commits.append(earlier)
      guard try await compileOne(earlier, now, nil).compilation.holdings.contest(disputes) else { break }
      next = earlier.parents.first
    }
    for earlier in commits.reversed() { basis = try await compileOne(earlier, now, basis).compilation }
    return basis
  }

  private func compileOne(
    _ commit: CommitInfo, _ now: Int64, _ base: Compilation?, old: Compilation? = nil
  ) async throws -> Revision {
    let source = try await repository.tree(at: commit.id, reusing: last?.source)
    let tree = RepositoryTree(source)
    let entries =
      Compiler.entriesToRead(in: tree, reusing: last?.compilation)
      + Compiler.entriesToScan(in: tree, reusing: last?.compilation)
    let wanted = Set(entries.map(\.path))
    let contents = try await repository.contents(of: source.entries.filter { wanted.contains($0.path) })
    let compilation = await Compiler.compile(
      tree, contents: contents, now: Timestamp(unixSeconds: now), reusing: last?.compilation, base: base, old: old)
    last = (source, compilation)
    return Revision(tree: tree, compilation: compilation)
  }
}
