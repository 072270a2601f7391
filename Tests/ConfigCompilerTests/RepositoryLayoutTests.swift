import ConfigCompiler
import Testing

/// Which files count, and which are nobody's.
@Suite struct RepositoryLayoutTests {
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
}
