import ConfigCompiler
import FileAccess
import FoundationEssentials
import GitStore
import SyncService

/// The repository on disk that an editor's folder belongs to.
enum EditorRepository {
  /// Result of a search.
  struct Found: Sendable {
    /// Its folder without symbolic links; nil if there is none.
    let root: String?
    let tree: RepositoryTree
    let contents: Compiler.Contents
    /// Repositories of the editor's other folders.
    let others: [String]
  }

  /// Lists and reads the repository of the first folder that is in one.
  ///
  /// - Throws: `GitStoreError` if it cannot be read.
  static func find(_ places: [String]) async throws -> Found {
    let roots = places.compactMap(root)
    guard let root = roots.first else {
      return Found(root: nil, tree: RepositoryTree(root: [], organizations: []), contents: [:], others: [])
    }
    let folder = try WorkingFolder(at: root)
    let source = try folder.tree()
    let tree = RepositoryTree(source)
    let contents = try await folder.contents(toCompile: tree, of: source)
    let others = Set(roots.filter { $0 != root }).sorted()
    return Found(root: root, tree: tree, contents: contents, others: others)
  }

  /// Current contents of files; nil for those that are gone, are not regular files or are ignored by Git.
  static func read(_ paths: [String], root: String?) async -> [(path: String, bytes: [UInt8]?)] {
    guard let root, let folder = try? WorkingFolder(at: root) else { return paths.map { ($0, nil) } }
    var read: [(path: String, bytes: [UInt8]?)] = []
    for path in paths {
      let entry = folder.entry(path)
      let contents = entry.map { [$0] }
      let bytes = try? await folder.contents(of: contents ?? [])[path]
      read.append((path, bytes))
    }
    return read
  }

  /// The repository's folder for a path, without symbolic links: by its resolved path, or else by its spelling.
  private static func root(of place: String) -> String? {
    let real = Files.resolved(place)
    if let root = RepositoryRoot.above(real) ?? RepositoryRoot.above(place) { return Files.resolved(root) }
    return Files.exists(real + "/orgs") ? real : nil
  }
}
