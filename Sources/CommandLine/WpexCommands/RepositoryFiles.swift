import ConfigCompiler
import GitStore
import SyncService

/// A config repository read file by file: a working folder, or the Git index.
protocol RepositoryFiles: Sendable {
  /// Reads files.
  ///
  /// - Returns: Contents by path.
  func contents(of entries: [SourceEntry]) async throws -> [String: [UInt8]]
}

extension WorkingFolder: RepositoryFiles {}
extension StagedFolder: RepositoryFiles {}

extension RepositoryFiles {
  /// Reads the files that the compiler needs, and those that it scans for private keys if they are readable.
  ///
  /// - Throws: `GitStoreError` if a file that declares something cannot be read.
  func contents(toCompile tree: RepositoryTree, of source: SourceTree) async throws -> Compiler.Contents {
    func chosen(_ entries: [TreeEntry]) -> [SourceEntry] {
      let paths = Set(entries.map(\.path))
      return source.entries.filter { paths.contains($0.path) }
    }
    let scanned = await readable(chosen(Compiler.entriesToScan(in: tree)))
    return try await contents(of: chosen(Compiler.entriesToRead(in: tree))).merging(scanned) { read, _ in read }
  }

  private func readable(_ entries: [SourceEntry]) async -> Compiler.Contents {
    if let contents = try? await contents(of: entries) { return contents }
    var contents: Compiler.Contents = [:]
    for entry in entries {
      if let one = try? await self.contents(of: [entry]) { contents.merge(one) { first, _ in first } }
    }
    return contents
  }
}
