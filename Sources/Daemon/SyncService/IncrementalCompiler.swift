package import ChangeSet
package import ConfigCompiler
import ConfigModel
package import GitStore

/// Compiles commits from the object database; whatever did not change since the last one is used again.
///
/// Every command and the daemon read commits here, so that all of them see one change between two. Where several documents
/// claim what only one may have, whoever had it first keeps it: the base says who that is, and what the base does not know,
/// the commits before this one say.
package actor IncrementalCompiler {
  private let repository: GitRepository
  private var last: (source: SourceTree, compilation: Compilation)?

  /// The commit that was compiled last, with all that is contested decided.
  private var settled: (commit: String, compilation: Compilation)?

  /// Commits that are looked back at, at most. What was contested for longer is nobody's.
  private static let maxHistory = 500

  package init(_ repository: GitRepository) { self.repository = repository }

  /// - Parameters:
  ///   - now: seconds since 1970 against which expiry is judged.
  ///   - base: the commit before it that was accepted last, compiled; without one, the history alone decides.
  package func compile(_ commit: CommitInfo, now: Int64, base: Compilation? = nil) async throws -> Compilation {
    try await revision(commit, now: now, base: base).compilation
  }

  /// A commit as one side of a change.
  package func revision(_ commit: CommitInfo, now: Int64, base: Compilation? = nil) async throws -> Revision {
    var revision = try await compileOne(commit, now, base)
    let disputes = revision.compilation.holdings.disputes
    if !disputes.isEmpty {
      let basis = try await basis(for: disputes, before: commit, now, base)
      revision = try await compileOne(commit, now, basis)
    }
    settled = (commit.id, revision.compilation)
    return revision
  }

  /// What the commit's first parent is once all of this is decided, from the commit on at which nothing of it was contested
  /// yet, or from the one that was decided last.
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

  private func compileOne(_ commit: CommitInfo, _ now: Int64, _ base: Compilation?) async throws -> Revision {
    let source = try await repository.tree(at: commit.id, reusing: last?.source)
    let tree = RepositoryTree(source)
    let entries =
      Compiler.entriesToRead(in: tree, reusing: last?.compilation)
      + Compiler.entriesToScan(in: tree, reusing: last?.compilation)
    let wanted = Set(entries.map(\.path))
    let contents = try await repository.contents(of: source.entries.filter { wanted.contains($0.path) })
    let compilation = await Compiler.compile(
      tree, contents: contents, now: Timestamp(unixSeconds: now), reusing: last?.compilation, base: base)
    last = (source, compilation)
    return Revision(tree: tree, compilation: compilation)
  }
}
