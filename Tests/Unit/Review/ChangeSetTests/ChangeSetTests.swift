import ChangeSet
import ConfigCompiler
import ConfigModel
import Diagnostics
import RepositorySupport
import TextFormats
import Testing

@Suite struct ChangeSetTests {
  private static let relay = "orgs/acme/relays/north-1.yaml"
  private static let user = "orgs/acme/users/giulia.yaml"

  private func change(
    from start: MemoryRepository = MemoryRepository(Example([])), _ edit: (inout MemoryRepository) -> Void
  ) async -> ChangeSet {
    var end = start
    edit(&end)
    let base = Revision(tree: start.tree, compilation: await start.compile())
    return ChangeSet(from: base, to: Revision(tree: end.tree, compilation: await end.compile()))
  }

  private func text(_ path: String) -> String {
    String(decoding: MemoryRepository(Example([])).contents[path] ?? [], as: UTF8.self)
  }

  /// What changed, one line each, with the text at each place.
  private func lines(_ changes: ChangeSet) -> [String] {
    changes.documents.flatMap { document in
      ["\(document.operation.rawValue) \(document.id)"]
        + document.fields.map { field in
          "  \(field.path): \(field.old?.text(.compact) ?? "-") → \(field.new?.text(.compact) ?? "-")"
        }
    } + changes.otherPaths.map { "\($0.reason.rawValue) \($0.path)" }
  }

  @Test func nothing() async {
    #expect(await change { _ in }.isEmpty)
  }

  @Test func oneField() async {
    let changes = await change { $0.set(Self.relay, text(Self.relay).replacing("port: 30101", with: "port: 30102")) }
    #expect(lines(changes) == ["changed Relay acme/north-1", "  spec.port: 30101 → 30102"])
    let location = changes.documents[0].fields[0].location
    let written = text(Self.relay).utf8.dropFirst(Int(location.range.start)).prefix(5)
    #expect(location.path == Self.relay && String(decoding: Array(written), as: UTF8.self) == "30101")
  }

  /// What says the same is not a change of a document, and is not lost either.
  @Test(arguments: [
    ("port: 30101", "port: 0x7595 # the same"), ("port: 30101", "port:   30101"),
    ("port: 30101", "port: 30101\n  state: running\n  probes: []"), ("name: north-1", "name: north-1\n  org: acme"),
    ("[headquarters, warehouse-1]", "\n    - headquarters\n    - \"warehouse-1\""),
  ])
  func layout(_ old: String, _ new: String) async {
    let changes = await change { $0.set(Self.relay, text(Self.relay).replacing(old, with: new)) }
    #expect(lines(changes) == ["layout \(Self.relay)"])
  }

  @Test func defaultsAreNoFieldsOfAChange() async {
    let changes = await change {
      $0.set(
        Self.relay,
        text(Self.relay).replacing("port: 30101", with: "port: 30103\n  state: running\n  deletionProtection: true"))
    }
    #expect(
      lines(changes) == [
        "changed Relay acme/north-1", "  spec.port: 30101 → 30103", "  spec.deletionProtection: - → true",
      ])
  }

  @Test func addedAndRemoved() async {
    let changes = await change {
      $0.remove("orgs/globex/keys/office.yaml")
      $0.set(
        "orgs/globex/users/ann.yaml",
        "apiVersion: wpex.io/v1alpha1\nkind: User\nmetadata: { name: ann }\nspec:\n"
          + "  displayName: Ann\n  email: a@b.example\n  status: pending\n  roles: [viewer]\n")
    }
    #expect(
      lines(changes) == [
        "removed Key globex/office", "  apiVersion: \"wpex.io/v1alpha1\" → -", "  kind: \"Key\" → -",
        "  metadata.name: \"office\" → -", "  metadata.labels.network: \"core\" → -",
        "  spec.publicKey: \"Rf4ldvsLVN7nCWliw1u9av/OAdEUJYdjYwSfZrDeid0=\" → -",
        "added User globex/ann", "  apiVersion: - → \"wpex.io/v1alpha1\"", "  kind: - → \"User\"",
        "  metadata.name: - → \"ann\"", "  spec.displayName: - → \"Ann\"", "  spec.email: - → \"a@b.example\"",
        "  spec.roles: - → [\"viewer\"]",
      ])
    #expect(changes.documents[0].location.path == "orgs/globex/keys/office.yaml")
  }

  /// Objects in a list are found again by their names.
  @Test func listsOfObjects() async {
    let changes = await change {
      let platform = text("platform.yaml").replacing(
        "    - name: eu-north\n",
        with:
          "    - name: eu-east\n      publicHost: east.example.net\n      portRange: 29000-29999\n    - name: eu-north\n"
      )
      $0.set("platform.yaml", platform.replacing("31000-31999", with: "31000-31998"))
    }
    #expect(
      lines(changes) == [
        "changed Platform example", "  spec.regions[0].name: - → \"eu-east\"",
        "  spec.regions[0].publicHost: - → \"east.example.net\"", "  spec.regions[0].portRange: - → \"29000-29999\"",
        "  spec.regions[2].portRange: \"31000-31999\" → \"31000-31998\"",
      ])
  }

  @Test func movesWithinAnOrganization() async {
    let changes = await change {
      $0.remove(Self.relay)
      $0.set("orgs/acme/relays/all.yaml", "# moved\n" + text(Self.relay))
    }
    #expect(lines(changes) == ["layout orgs/acme/relays/all.yaml", "layout \(Self.relay)"])
  }

  @Test func movesToAnotherOrganization() async {
    let changes = await change {
      $0.remove(Self.relay)
      $0.set("orgs/globex/relays/north-1.yaml", text(Self.relay))
    }
    #expect(
      changes.documents.map { "\($0.operation.rawValue) \($0.id)" } == [
        "removed Relay acme/north-1", "added Relay globex/north-1",
      ])
  }

  /// A second declaration of one user changes that user, whichever of the two counts.
  @Test(arguments: ["aaa", "zzz"])
  func duplicates(_ file: String) async {
    let other = text(Self.user).replacing("status: active", with: "status: pending")
    let changes = await change { $0.set("orgs/acme/users/\(file).yaml", other) }
    #expect(lines(changes) == ["changed User acme/giulia", "  spec.status: \"active\" → \"pending\""])
    var start = MemoryRepository(Example([]))
    start.set("orgs/acme/users/\(file).yaml", other)
    let back = await change(from: start) { $0.remove("orgs/acme/users/\(file).yaml") }
    #expect(back.documents.map(\.id.name) == ["giulia"] && back.documents[0].operation == .changed)
  }

  /// The first declaration goes, and the second one, in a file that did not change, counts from now on.
  @Test func declarationGivesWayToAnother() async {
    var start = MemoryRepository(Example([]))
    start.set("orgs/acme/users/zzz.yaml", text(Self.user).replacing("status: active", with: "status: disabled"))
    let changes = await change(from: start) { $0.remove(Self.user) }
    #expect(lines(changes) == ["changed User acme/giulia", "  spec.status: \"active\" → \"disabled\""])
  }

  /// What cannot be understood does not vanish.
  @Test func undecodable() async {
    let changes = await change {
      $0.set(Self.relay, text(Self.relay).replacing("port: 30101", with: "prot: 30101"))
      $0.set("orgs/acme/keys/broken.yaml", "{")
      $0.set("orgs/acme/keys/odd.txt", "x")
      $0.set("README.md", "x")
      $0.set("orgs/acme/other.yaml", "kind: Relay\n")
      $0.set(".wpexignore", "fixtures/\n")
      $0.add(Example.Entry("orgs/acme/users/link.yaml", .symbolicLink(target: "giulia.yaml")))
      $0.set("orgs/acme/keys/large.yaml", [UInt8](repeating: 0x20, count: 1_048_577))
    }
    #expect(
      lines(changes).filter { !$0.hasPrefix("  ") } == [
        "removed Relay acme/north-1", "ignoreFile .wpexignore", "unread README.md",
        "undecodable orgs/acme/keys/broken.yaml", "unreadable orgs/acme/keys/large.yaml",
        "unread orgs/acme/keys/odd.txt", "misplaced orgs/acme/other.yaml", "undecodable \(Self.relay)",
        "notAFile orgs/acme/users/link.yaml",
      ])
    #expect(changes.otherPaths.allSatisfy { $0.org == ($0.path.hasPrefix("orgs/acme/") ? "acme" : nil) })
    // Gone from a document, but not from its file: the place is in the head.
    #expect(changes.documents[0].location == SourceLocation(path: Self.relay, range: .fileStart))
  }

  /// Documents appear without any change of their own path, where `.wpexignore` hid them.
  @Test func hiddenDocuments() async {
    var start = MemoryRepository(Example([]))
    start.set(".wpexignore", "orgs/acme/users/giulia.yaml\n")
    let changes = await change(from: start) { $0.remove(".wpexignore") }
    #expect(
      lines(changes).filter { !$0.hasPrefix("  ") } == [
        "added User acme/giulia", "ignoreFile .wpexignore", "unread \(Self.user)",
      ])
  }

  @Test func manyDocumentsInOneFile() async {
    let two =
      text(Self.relay) + "---\n"
      + text(Self.relay).replacing("north-1", with: "north-2").replacing(
        "30101", with: "30102")
    var start = MemoryRepository(Example([]))
    start.set(Self.relay, two)
    let changes = await change(from: start) { $0.set(Self.relay, two.replacing("30102", with: "30103")) }
    #expect(lines(changes) == ["changed Relay acme/north-2", "  spec.port: 30102 → 30103"])
    let location = changes.documents[0].fields[0].location.range
    #expect(String(decoding: Array(two.utf8)[Int(location.start)..<Int(location.end)], as: UTF8.self) == "30102")
  }
}
