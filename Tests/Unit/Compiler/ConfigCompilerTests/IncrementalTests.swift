import ConfigCompiler
import ConfigModel
import Diagnostics
import RepositorySupport
import TestSupport
import Testing

/// A compile that uses an earlier one again finds out exactly what a compile from nothing does.
@Suite struct IncrementalTests {
  private func compile(
    _ repository: MemoryRepository, now: String = SampleRepository.now, reusing earlier: Compilation? = nil
  ) async throws -> Compilation {
    let tree = repository.identifiedTree
    let wanted = Set(Compiler.entriesToRead(in: tree, reusing: earlier).map(\.path))
    return await Compiler.compile(
      tree, contents: repository.contents.filter { wanted.contains($0.key) }, now: try #require(Timestamp(now)),
      reusing: earlier)
  }

  @Test func readsOnlyWhatChanged() async throws {
    var repository = try await SampleRepository.load()
    let first = try await compile(repository)
    repository.set("orgs/acme/relays/turin-1.yaml", Array("kind: Nothing\n".utf8))
    let wanted = Compiler.entriesToRead(in: repository.identifiedTree, reusing: first)
    #expect(wanted.map(\.path) == ["orgs/acme/relays/turin-1.yaml"])
  }

  /// Without a render secret, a bundle that is made anew differs: equal objects are the earlier ones.
  @Test func rendersOnlyWhatChanged() async throws {
    var repository = try await SampleRepository.load()
    var cache = RenderCache(region: "eu-south", options: Renderer.Options(allowsDemonstrationIdentities: true))
    let earlier = try await compile(repository)
    let first = try cache.rendering(of: earlier).objects
    #expect(Set(first.keys) == Set(earlier.units.map(\.name)))
    let relay = "orgs/acme/relays/turin-1.yaml"
    repository.set(relay, (repository.contents[relay] ?? []) + Array("# nothing\n".utf8))
    let again = try await compile(repository, reusing: earlier)
    let second = try cache.rendering(of: again).objects
    #expect(first["acme"] != second["acme"])
    #expect(first["acme"]?.map(\.digest) == second["acme"]?.map(\.digest))
    #expect(first["globex"] == second["globex"])
    // What all of them stand on.
    let platform = String(decoding: repository.contents["platform.yaml"] ?? [], as: UTF8.self)
    repository.set("platform.yaml", Array((platform + "# nothing\n").utf8))
    let third = try await compile(repository, reusing: again)
    #expect(try cache.rendering(of: third).objects["globex"] != second["globex"])
    // Another day: keys may have expired.
    let fourth = try await compile(repository, now: "2026-12-24T00:00:00Z", reusing: third)
    let rendered = try cache.rendering(of: fourth).objects
    #expect(try cache.rendering(of: fourth).objects == rendered)
    #expect(try cache.rendering(of: third).objects["globex"] != rendered["globex"])
  }

  @Test(arguments: 0..<60)
  func agreesWithACompileFromNothing(_ seed: Int) async throws {
    var random = SeededRandom(seed: UInt64(seed))
    var repository = try await SampleRepository.load()
    var earlier = try await compile(repository)
    var cache = RenderCache(region: "eu-south", options: SampleRepository.options)
    _ = try cache.rendering(of: earlier).objects
    for _ in 0..<3 {
      let paths = repository.contents.keys.filter { $0.hasSuffix(".yaml") }.sorted()
      let path = try #require(paths.randomElement(using: &random))
      let other = try #require(paths.randomElement(using: &random))
      switch Int.random(in: 0..<4, using: &random) {
      case 0:
        repository.contents[path] = nil
        repository.entries.removeAll { $0.path == path }
      case 1: repository.set(path, repository.contents[other] ?? [])
      case 2: repository.set(path + "x.yaml", repository.contents[path] ?? [])
      default:
        let text = String(decoding: repository.contents[path] ?? [], as: UTF8.self)
        repository.set(path, Array(text.replacing("active", with: "disabled", maxReplacements: 1).utf8))
      }
      let now = "2026-1\(Int.random(in: 0..<3, using: &random))-15T00:00:00Z"
      let again = try await compile(repository, now: now, reusing: earlier)
      let fresh = try await compile(repository, now: now)
      #expect(again.text == fresh.text)
      earlier = again
      guard fresh.faults != .platform else { continue }
      var empty = RenderCache(region: "eu-south", options: SampleRepository.options)
      #expect(try cache.rendering(of: again).objects == empty.rendering(of: fresh).objects)
    }
  }
}
