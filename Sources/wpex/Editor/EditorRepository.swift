import ConfigCompiler
import FoundationEssentials
import GitStore
import SyncService

/// The repository that an editor's folder belongs to, as it lies on disk.
enum EditorRepository {
  struct Found: Sendable {
    /// Its folder; nil where there is none.
    let root: String?
    let tree: RepositoryTree
    let contents: Compiler.Contents
  }

  /// Lists and reads the repository of the first place that lies in one.
  ///
  /// - Throws: `GitStoreError` where it cannot be read.
  static func find(_ places: [String]) async throws -> Found {
    guard let root = places.lazy.compactMap(root).first else {
      return Found(root: nil, tree: RepositoryTree(root: [], organizations: []), contents: [:])
    }
    let folder = try WorkingFolder(at: root)
    let source = try folder.tree()
    let tree = RepositoryTree(source)
    let wanted = Set(Compiler.entriesToRead(in: tree).map(\.path))
    let contents = try await folder.contents(of: source.entries.filter { wanted.contains($0.path) })
    return Found(root: root, tree: tree, contents: contents)
  }

  /// The bytes of files as they are now; nil for those that are gone, are no plain files or are ignored by Git.
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

  static func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
  }

  /// The nearest folder, from this one upwards, with a platform.yaml; else this one where it has an `orgs` folder.
  private static func root(of place: String) -> String? {
    var parts = place.split(separator: "/")
    while true {
      let folder = "/" + parts.joined(separator: "/")
      if Files.exists(folder + "/platform.yaml") { return folder }
      if parts.isEmpty { break }
      parts.removeLast()
    }
    return Files.exists(place + "/orgs") ? "/" + place.split(separator: "/").joined(separator: "/") : nil
  }
}
