import ConfigSchema
import TextFormats
import TestSupport
import Testing

/// A format's predicate and its regular expression accept the same texts.
@Suite struct StringFormatTests {
  private static let samples = [
    "a", "a-b", "-a", "a-", "A", "example.com/name", "/x", "x/", "a.b_c", "", "2026-11-23", "2026-1-23",
    "2026-11-23T10:00:00Z", "30000-32767", "1-", "::1", "192.0.2.1", "192.0.2.0/24", "2001:db8::/32", "a@b.example",
    "a@b", "a@b..c", "https://x", "http://x", "https://", "ssh-ed25519 AAAA x y", "sk-ssh-ed25519@openssh.com AAAA=",
    "ghcr.io/a/b", "Ghcr.io", "1.2.3", "_x", ".x", "sha256:" + String(repeating: "a", count: 64), "250m", "1.5Gi", "1.",
    "64Mi", "Mi", "age1" + String(repeating: "q", count: 58), String(repeating: "b", count: 43) + "=",
    String(repeating: "A", count: 43) + "=", String(repeating: "0", count: 64),
    "-----BEGIN AGE ENCRYPTED FILE-----\nYWJj\n-----END AGE ENCRYPTED FILE-----\n", "a\n", "é", "a b",
    String(repeating: "a", count: 64),
  ]

  @Test func predicatesAgreeWithPatterns() throws {
    var random = SystemRandomNumberGenerator()
    let alphabet = Array("aAzZ09-_.:/@= +\n~é!gGmMi")
    var cases: [(format: StringFormat, text: String)] = []
    for format in StringFormat.all {
      for sample in Self.samples {
        cases.append((format, sample))
        for _ in 0..<12 {
          var text = Array(sample)
          let index = Int.random(in: 0...text.count, using: &random)
          switch Int.random(in: 0..<3, using: &random) {
          case 0: text.insert(alphabet.randomElement(using: &random) ?? "a", at: index)
          case 1: if index < text.count { text.remove(at: index) }
          default: if index < text.count { text[index] = alphabet.randomElement(using: &random) ?? "a" }
          }
          cases.append((format, String(text)))
        }
      }
    }
    let input = JSON.array(cases.map { [.string($0.format.pattern), .string($0.text)] }).text()
    let verdicts = try ExternalCommand.withFolder { folder in
      let outcome = try ExternalCommand.run(
        Judge.python, ["\(packageRoot)/scripts/judges/patterns.py"], folder: folder, input: Array(input.utf8))
      try #require(outcome.status == 0, "\(outcome.errors)")
      return try #require(try JSON(parsing: outcome.output.utf8).elements)
    }
    try #require(verdicts.count == cases.count)
    var accepted = 0
    for (verdict, item) in zip(verdicts, cases) {
      let matches = item.format.matches(item.text.utf8)
      if matches { accepted += 1 }
      #expect(matches == (verdict == .bool(true)), "\(item.format.pattern) on \(item.text.debugDescription)")
    }
    #expect(accepted > 1_000)
  }
}
