import ConfigCompiler
import Diagnostics
import RepositorySupport
import TestSupport
import Testing

/// Mutates the files of sample-repo: whatever comes out, the compiler reports and never traps, and every place that it
/// names lies inside its file.
@Suite struct MutationFuzz {
  private static let tokens = [
    "\n", "  ", ": ", "- ", "[", "]", "{", "}", "\"", "'", "|", "&a ", "*a", "!t ", "---\n", "\t", "#", "no", "1:20",
    "99999999999999999999", "-1", "null", "é", "\u{202E}", "\u{2028}", "port", "names", "30101", "2026-02-30", "acme",
  ]

  @Test func compilerNeverTraps() async throws {
    let seconds = Judge.variable("WPEX_FUZZ_SECONDS").flatMap(Int.init) ?? 3
    let original = try await SampleRepository.load()
    let paths = original.contents.keys.filter { $0.hasSuffix(".yaml") }.sorted()
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededRandom(seed: seed)
    let end = ContinuousClock.now + .seconds(seconds)
    var earlier = await original.compile(now: SampleRepository.now)
    var rounds = 0
    while ContinuousClock.now < end {
      var repository = original
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let path = try #require(paths.randomElement(using: &random))
        var bytes = repository.contents[path] ?? []
        for _ in 0..<Int.random(in: 1...5, using: &random) { mutate(&bytes, &random) }
        repository.set(path, bytes)
      }
      let compilation = await repository.compile(now: SampleRepository.now, reusing: earlier)
      for diagnostic in compilation.diagnostics {
        for label in [diagnostic.primary] + diagnostic.related {
          let size = repository.contents[label.location.path]?.count ?? 0
          #expect(Int(label.location.range.end) <= size, "seed \(seed), round \(rounds): \(diagnostic)")
        }
      }
      #expect(!compilation.hasErrors || !compilation.text.isEmpty)
      earlier = compilation
      rounds += 1
    }
    #expect(rounds > 0)
  }

  private func mutate(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
    let index = Int.random(in: 0...bytes.count, using: &random)
    let end = min(bytes.count, index + Int.random(in: 0..<12, using: &random))
    switch Int.random(in: 0..<4, using: &random) {
    case 0: bytes.removeSubrange(index..<end)
    case 1: bytes.insert(contentsOf: Array((Self.tokens.randomElement(using: &random) ?? "").utf8), at: index)
    case 2: bytes.insert(contentsOf: Array(bytes[index..<end]), at: min(end, bytes.count))
    default: if index < bytes.count { bytes[index] = UInt8.random(in: 0...255, using: &random) }
    }
  }
}
