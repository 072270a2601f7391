import ConfigCompiler
import FoundationEssentials
import GitStore
import SyncService

/// A commit that a daemon has applied.
struct AppliedCommit: Sendable {
  let id: String
  /// The commit, compiled for the current time, because tokens expire.
  let compilation: Compilation
}

extension AppliedCommit {
  /// Compiles a commit for the current time.
  ///
  /// - Throws: `GitStoreError` if it cannot be read.
  init(_ commit: String, in repository: GitRepository) async throws {
    id = commit
    compilation = try await IncrementalCompiler(repository).compile(
      try await repository.commit(commit), now: Int64(Date.now.timeIntervalSince1970))
  }
}
