import ConfigCompiler
import Diagnostics
import RepositorySupport
import Testing

/// Which files count, and which are nobody's.
@Suite struct RepositoryLayoutTests {
  @Test(
    arguments: [
      ("orgs/acme/keys/a.yaml", "acme", "acme"), ("orgs/acme/", "acme", "acme"), ("orgs/acme", nil, "acme"),
      ("orgs/stray.yaml", nil, "stray.yaml"), ("orgs/", nil, nil), ("orgs//a", nil, nil), ("orgs", nil, nil),
      ("platform.yaml", nil, nil), ("docs/orgs/acme/a", nil, nil), ("", nil, nil),
    ] as [(String, String?, String?)])
  func pathsBelongToOrganizations(_ path: String, _ inside: String?, _ withFolder: String?) {
    #expect(RepositoryTree.organization(of: path) == inside)
    #expect(RepositoryTree.owner(ofFileOrFolder: path) == withFolder)
  }

  @Test(arguments: [
    ("platform.yaml", PathRole.platform), ("users/anna.yaml", .globalUsers), ("orgs/acme/keys/hq.yaml", .keys),
    (".gitlab-ci.yml", .unread), (".pre-commit-config.yaml", .unread), (".github/workflows/wpex.yml", .unread),
    ("docs/example.yaml", .unread), ("README.md", .unread), ("gitlab-ci.yml", .misplaced), ("keys/hq.yaml", .misplaced),
    // Only hosts and tools look for files of that form, and only at the root.
    ("orgs/.acme.yaml", .misplaced), ("orgs/acme/.hidden.yaml", .misplaced),
  ])
  func pathSaysTheRole(_ path: String, _ role: PathRole) {
    #expect(PathRole(of: path, ignored: IgnoreGlobs()) == role)
  }

  /// A name that looks like another one is refused wherever it stands; names that people write are not.
  @Test(
    arguments: [
      ("orgs/acme/keys/hq.yaml\u{200B}", "U+200B ZERO WIDTH SPACE"),
      ("docs/a\u{202E}b", "U+202E RIGHT-TO-LEFT OVERRIDE"),
      ("doc\u{AD}s/a", "U+00AD SOFT HYPHEN"), ("a\u{200D}b", "U+200D ZERO WIDTH JOINER"),
      ("docs\u{A0}/a", "U+00A0 NO-BREAK SPACE"), ("docs/\u{3000}a", "U+3000 IDEOGRAPHIC SPACE"),
      ("docs/a\u{FE0F}", "U+FE0F VARIATION SELECTOR-16"), ("docs/a\u{85}", "U+0085 NEXT LINE"),
      ("docs/9.41\u{202F}AM.png", nil), ("docs/東京\u{3000}本社", nil), ("docs/می\u{200C}خواهم", nil),
      ("docs/👩\u{200D}🔧.md", nil), ("docs/❤\u{FE0F}", nil), ("docs/Città", nil), ("docs/שלום", nil),
    ] as [(String, String?)])
  func namesAreSeen(_ path: String, _ character: String?) async {
    var repository = MemoryRepository(Example([]))
    repository.set(path, "text\n")
    let compilation = await repository.compile()
    #expect(compilation.diagnostics.map(\.code) == (character == nil ? [] : [.unsafePath]), "\(compilation.text)")
    #expect(compilation.diagnostics.allSatisfy { $0.message.contains(character ?? "") }, "\(compilation.text)")
  }

  @Test(arguments: [
    ("docs/\n# a\u{200B}b\n", DiagnosticCode.invisibleCharacter), ("do\u{202E}cs/\n", .bidirectionalControl),
    ("docs/\u{A0}\n", .unusualBlank), ("\u{A0}# docs/\n", .unusualBlank), ("# mon\u{A0}dossier\n", nil),
    ("mon\u{A0}dossier/\n", nil), ("docs/\r\n", nil),
  ])
  func ignoredGlobsAreSeen(_ text: String, _ code: DiagnosticCode?) async {
    var repository = MemoryRepository(Example([]))
    repository.set(".wpexignore", text)
    let compilation = await repository.compile()
    #expect(compilation.diagnostics.map(\.code) == (code.map { [$0] } ?? []), "\(compilation.text)")
  }
}
