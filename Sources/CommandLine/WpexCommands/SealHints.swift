import ConfigCompiler
import ConfigModel
import GitStore
import TextFormats
import SyncService

extension RepositoryOptions {
  /// Hints about sealed values that must be sealed again because their document was renamed.
  ///
  /// Renames are found by comparison with an earlier revision; without one there are no hints.
  ///
  /// - Parameter base: the earlier revision; nil for `HEAD`, or for the first parent of `--rev`.
  func sealHints(for compilation: Compilation, base: String?) async -> [String] {
    guard let moved = try? await movedSeals(in: compilation, base: base), !moved.isEmpty else { return [] }
    return Self.hints(moved)
  }

  private func movedSeals(in compilation: Compilation, base: String?) async throws -> [MovedSeal] {
    let seals = compilation.seals
    guard !seals.isEmpty else { return [] }
    let repository = try GitRepository(at: repo)
    let commit: CommitInfo
    if let base {
      commit = try await repository.commit(base)
    } else if let rev {
      guard let parent = try await repository.commit(rev).parents.first else { return [] }
      commit = try await repository.commit(parent)
    } else {
      commit = try await repository.commit("HEAD")
    }
    // If no file with a seal has changed, the earlier commit need not be compiled.
    let now = Dictionary(try await identified(repository).map { ($0.path, $0.identity) }) { first, _ in first }
    let before = Dictionary(
      try await repository.tree(at: commit.id).entries.map { ($0.path, $0.identity) }
    ) { first, _ in first }
    guard seals.contains(where: { (now[$0.path] ?? nil) == nil || now[$0.path] != before[$0.path] }) else { return [] }
    let earlier = try await IncrementalCompiler(repository).compile(commit, now: compilation.now.unixSeconds)
    return compilation.movedSeals(since: earlier)
  }

  /// Compiled files with their Git blob ids.
  private func identified(_ repository: GitRepository) async throws -> [SourceEntry] {
    if let rev { return try await repository.tree(at: rev).entries }
    if staged { return try StagedFolder(at: repo).tree().entries }
    return try WorkingFolder(at: repo).tree(isIdentified: true).entries
  }

  private static func hints(_ moved: [MovedSeal]) -> [String] {
    moved.map { seal in
      let org = seal.document.org ?? ""
      let command =
        seal.document.kind == .organization
        ? "wpex org identity \(org) --identity FILE" : "wpex key seal \(org)/\(seal.document.name) --public-key KEY"
      let what = seal.document.kind == .organization ? "identity" : "sealed key"
      return
        "note: the \(what) of \(seal.document) was sealed for \(seal.before), and opens there only: seal it again with "
        + "`\(command)`"
    }
  }
}
