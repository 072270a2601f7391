import ChangePlan
import ChangeSet
import ConfigCompiler
import RepositorySupport
import Testing

/// What means nothing plans nothing.
@Suite struct NoiseTests {
  private static let edits: [String: @Sendable (inout MemoryRepository) throws -> Void] = [
    "nothing": { _ in },
    "another file": { $0.set("docs/runbook.md", "# What to do\n") },
    "a comment": { try $0.edit("platform.yaml", "\nspec:", "\n# the rest\n\n\nspec:") },
    "layout": { try $0.edit("orgs/acme/relays/milan-1.yaml", "labels: { tier: gold }", "labels:\n    tier: \"gold\"") },
    "a default written out": {
      try $0.edit(
        "orgs/acme/relays/milan-guests.yaml", "spec:\n", "spec:\n  state: running\n  deletionProtection: false\n")
    },
    "the organization written out": {
      try $0.edit("orgs/acme/relays/milan-1.yaml", "  name: milan-1\n", "  name: milan-1\n  org: acme\n")
    },
    "a document in another file": { repository in
      repository.set("orgs/acme/relays/elsewhere.yaml", repository.text("orgs/acme/relays/milan-1.yaml"))
      repository.remove("orgs/acme/relays/milan-1.yaml")
    },
    "line ends": { repository in
      repository.set(
        "orgs/acme/keys/core.yaml", repository.text("orgs/acme/keys/core.yaml").replacing("\n", with: "\r\n"))
    },
  ]

  @Test(arguments: edits.keys.sorted())
  func plansNothing(_ name: String) async throws {
    let base = try await Planned.sample()
    var head = base
    try Self.edits[name]?(&head)
    let revision = await Planned.revision(head)
    try #require(!revision.compilation.hasErrors, "\(revision.compilation.text)")
    let plan = try await Planned.plan(base, head)
    #expect(plan.isEmpty, "\(name): \(plan)")
    // A working folder has no identities to tell what is the same.
    var plain = head
    plain.entries = plain.entries.map { TreeEntry(path: $0.path, kind: $0.kind, size: $0.size) }
    #expect(try await Planned.plan(base, plain).isEmpty)
  }

  /// A key that expires between two commits is not a change of either.
  @Test func timePlansNothing() async throws {
    let repository = try await Planned.sample()
    #expect(try await Planned.plan(repository, repository).isEmpty)
  }
}
