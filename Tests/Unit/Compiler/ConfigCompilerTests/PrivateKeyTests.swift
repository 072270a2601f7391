import ConfigCompiler
import Diagnostics
import RepositorySupport
import Testing

/// Private keys in files that declare nothing.
@Suite struct PrivateKeyTests {
  private static let age = "AGE-SECRET-KEY-1" + String(repeating: "Q", count: 58)
  private static let key = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="
  private static let body = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW"

  struct Case: Sendable, CustomStringConvertible {
    let path: String
    let text: String
    let line: Int
    init(_ path: String, _ text: String, line: Int = 1) {
      self.path = path
      self.text = text
      self.line = line
    }
    var description: String { path }
  }

  private static let keys = [
    Case("acme.identity", "# created: today\n# public key: age1x\n\(age)\n", line: 3),
    Case("docs/notes.md", "é\n\nuse `\(age)` here\n", line: 3), Case("lower.txt", age.lowercased()),
    Case("pq.txt", "AGE-SECRET-KEY-PQ-1" + String(repeating: "Z", count: 70)),
    Case("id_ed25519", "-----BEGIN OPENSSH PRIVATE KEY-----\n\(body)\n-----END OPENSSH PRIVATE KEY-----\n"),
    Case("tls.pem", "-----BEGIN PRIVATE KEY-----\r\n\(body)\r\n"),
    Case("service.json", #"{"key": "-----BEGIN RSA PRIVATE KEY-----\n\#(body)\n"}"#),
    Case("orgs/acme/notes/id", "x\n-----BEGIN EC PRIVATE KEY-----\n\(body)\n", line: 2),
    Case("wg0.conf", "[Interface]\nPrivateKey = \(key)\n", line: 2), Case("wg1.conf", "PrivateKey=\(key)\r\n"),
    Case("peer.conf", "PresharedKey =\(key)\n"), Case(".env", "WG_PRIVATE_KEY='\(key)'\n"),
    Case(".github/workflows/x.yml", "env:\n  private-key: \"\(key)\"\n", line: 2), Case("genoa.key", "\(key)\n"),
    Case("orgs/acme/keys/privatekey", "\(key)\r\n"), Case("docs/orgs/psk", "  \(key)"),
  ]

  private static let others = [
    Case(
      "docs/howto.md", "An identity begins with `AGE-SECRET-KEY-1…`, a key file with -----BEGIN PRIVATE KEY-----.\n"),
    Case("docs/ssh.md", "-----BEGIN OPENSSH PRIVATE KEY-----\n…\n-----END OPENSSH PRIVATE KEY-----\n\(body)\n"),
    Case("docs/wg.md", "PrivateKey = (what `wg genkey` prints)\n"), Case("genoa.pub", "\(key)\n"),
    Case("id_ed25519.pub", "ssh-ed25519 \(body) giulia\n"), Case("public.key.txt", "\(key)\n"), Case("empty.key", ""),
    Case("two.key", "\(key)\n\(key)\n"),
  ]

  @Test(arguments: keys)
  func isFoundAndNotShown(_ wrong: Case) async throws {
    let compilation = await MemoryRepository(Example(wrong.path, wrong.text)).compile()
    let found = try #require(compilation.diagnostics.first { $0.code == .plaintextSecret }, "\(compilation.text)")
    #expect(found.primary.location.path == wrong.path && found.severity == .error)
    #expect(compilation.text.contains("\(wrong.path):\(wrong.line):"), "\(compilation.text)")
    for secret in [Self.age, Self.key, Self.body] { #expect(!compilation.text.contains(secret.prefix(20))) }
    // What is declared is sound: no relay has to wait.
    #expect(compilation.faults == .none)
  }

  @Test(arguments: others)
  func isNotSeenWhereNoneIs(_ right: Case) async {
    let compilation = await MemoryRepository(Example(right.path, right.text)).compile()
    #expect(compilation.diagnostics.isEmpty, "\(compilation.text)")
  }

  @Test func whatIsIgnoredIsNotSearched() async {
    let example = Example([
      Example.Entry("tests/fixture.key", .text(Self.key)),
      Example.Entry(".wpexignore", .text("# fixtures\r\ntests/\r\n")),
    ])
    let compilation = await MemoryRepository(example).compile()
    #expect(compilation.diagnostics.isEmpty, "\(compilation.text)")
  }

  /// A glob behind a carriage return would hide a file from who reviews the list.
  @Test(arguments: [
    "# notes\rorgs/acme/extra/\n", "# notes\u{2028}orgs/acme/extra/\n", "# notes\u{0B}orgs/acme/extra/\n",
  ])
  func linesOfTheIgnoreFileAreThoseOfReviewers(_ text: String) async {
    let example = Example([
      Example.Entry(".wpexignore", .text(text)), Example.Entry("orgs/acme/extra/a.yaml", .text("a: 1\n")),
    ])
    let codes = await MemoryRepository(example).compile().diagnostics.map(\.code)
    #expect(codes.contains(.misplacedFile))
    #expect(codes.contains(.lineSeparatorCharacter) || codes.contains(.controlCharacter))
  }
}
