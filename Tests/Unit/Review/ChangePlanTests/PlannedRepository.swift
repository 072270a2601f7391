import ChangePlan
import ChangeSet
import ConfigCompiler
import ConfigModel
import Diagnostics
import GitStore
import KeyBundles
import RepositorySupport
import TestSupport

/// Revisions and plans of repositories in memory.
enum Planned {
  static let now = "2026-11-23T00:00:00Z"

  static var options: Renderer.Options {
    Renderer.Options(
      renderSecret: try? RenderSecret(bytes: Array(repeating: 7, count: 32)), allowsDemonstrationIdentities: true)
  }

  /// With an identity for each organization's folder, as Git has it.
  static func revision(
    _ repository: MemoryRepository, reusing earlier: Compilation? = nil
  ) async -> Revision {
    let entries = repository.entries.sorted { $0.path < $1.path }
    let tree = RepositoryTree(entries: entries) { folder, _ in
      let inside = entries.filter { $0.path.hasPrefix(folder + "/") }
      return ContentIdentity(Array(inside.map { "\($0.path) \($0.identity?.bytes ?? [])" }.joined().utf8))
    }
    let compilation = await Compiler.compile(
      tree, contents: repository.contents, now: Timestamp(now) ?? Timestamp(unixSeconds: 0), reusing: earlier)
    return Revision(tree: tree, compilation: compilation)
  }

  static func plan(_ base: MemoryRepository, _ head: MemoryRepository) async throws -> ChangePlan {
    let before = await revision(base)
    return try ChangePlan(
      from: before, to: await revision(head, reusing: before.compilation), options: options)
  }

  static func sample() async throws -> MemoryRepository {
    let folder = try WorkingFolder(at: packageRoot + "/sample-repo")
    let tree = try folder.tree()
    let contents = try await folder.contents(of: tree.entries)
    var repository = MemoryRepository()
    for entry in tree.entries { repository.set(entry.path, contents[entry.path] ?? []) }
    return repository
  }
}

extension MemoryRepository {
  func text(_ path: String) -> String { String(decoding: contents[path] ?? [], as: UTF8.self) }

  /// Replaces text in a file, which must be there.
  mutating func edit(_ path: String, _ old: String, _ new: String) throws {
    guard text(path).contains(old) else { throw ExternalCommand.Failure(what: "`\(path)` has no `\(old)`") }
    set(path, text(path).replacing(old, with: new))
  }
}
