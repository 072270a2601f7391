package import ChangeSet
package import ConfigCompiler
import ConfigModel
package import GitStore

/// Compiles commits from the object database; whatever did not change since the last one is used again.
///
/// Every command and the daemon read commits here, so that all of them see one change between two.
package actor IncrementalCompiler {
  private let repository: GitRepository
  private var last: (source: SourceTree, compilation: Compilation)?

  package init(_ repository: GitRepository) { self.repository = repository }

  /// - Parameter now: seconds since 1970 against which expiry is judged.
  package func compile(_ commit: CommitInfo, now: Int64) async throws -> Compilation {
    try await revision(commit, now: now).compilation
  }

  /// A commit as one side of a change.
  package func revision(_ commit: CommitInfo, now: Int64) async throws -> Revision {
    let source = try await repository.tree(at: commit.id, reusing: last?.source)
    let tree = RepositoryTree(source)
    let wanted = Set(Compiler.entriesToRead(in: tree, reusing: last?.compilation).map(\.path))
    let contents = try await repository.contents(of: source.entries.filter { wanted.contains($0.path) })
    let compilation = await Compiler.compile(
      tree, contents: contents, now: Timestamp(unixSeconds: now), reusing: last?.compilation)
    last = (source, compilation)
    return Revision(tree: tree, compilation: compilation)
  }
}
