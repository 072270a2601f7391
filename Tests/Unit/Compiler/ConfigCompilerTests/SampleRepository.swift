import ConfigCompiler
import ConfigModel
import GitStore
import KeyBundles
import RepositorySupport
import TestSupport

/// sample-repo as it lies in this checkout, judged at a fixed moment.
enum SampleRepository {
  static let path = packageRoot + "/sample-repo"
  static let now = "2026-11-23T00:00:00Z"

  static func load() async throws -> MemoryRepository {
    let folder = try WorkingFolder(at: path)
    let tree = try folder.tree()
    let contents = try await folder.contents(of: tree.entries)
    var repository = MemoryRepository()
    for entry in tree.entries { repository.set(entry.path, contents[entry.path] ?? []) }
    return repository
  }

  static func compile() async throws -> Compilation { try await load().compile(now: now) }

  /// The rendered files, reproducibly.
  static func render(_ compilation: Compilation, version: Renderer.Options = options) throws -> [Renderer.File] {
    try Renderer(compilation, options: version).render()
  }

  static var options: Renderer.Options {
    Renderer.Options(
      renderSecret: try? RenderSecret(bytes: Array(repeating: 7, count: 32)), allowsDemonstrationIdentities: true)
  }

  static func write(_ files: [Renderer.File], to folder: String) throws {
    for file in files { try ExternalCommand.write(Array(file.text.utf8), to: "\(folder)/\(file.path)") }
  }
}
