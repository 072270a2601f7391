import ConfigCompiler
import ConfigModel
import GitStore
import SyncService

/// The documents of an editor's repository as of `HEAD`, with which rules that mention `old` compare.
actor CommittedDocuments {
  private var opened: (root: String, repository: GitRepository, compiler: IncrementalCompiler)?
  private var compiled: (commit: String, compilation: Compilation)?

  /// Returns the documents of the last commit; nil if the folder is not in a Git repository, or has no commit.
  ///
  /// - Parameter root: Folder of the repository.
  func compilation(of root: String, now: Timestamp) async -> Compilation? {
    if opened?.root != root {
      opened = (try? GitRepository(at: root)).map { (root, $0, IncrementalCompiler($0)) }
      compiled = nil
    }
    guard let opened, let head = try? await opened.repository.commit("HEAD") else { return nil }
    if let compiled, compiled.commit == head.id { return compiled.compilation }
    guard let compilation = try? await opened.compiler.compile(head, now: now.unixSeconds) else { return nil }
    compiled = (head.id, compilation)
    return compilation
  }
}
