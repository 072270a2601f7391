import Authority
import ChangeSet
import ConfigCompiler
import ConfigModel
import ConfigSchema
import Diagnostics
import RepositorySupport
import TestSupport
import Testing

@Suite struct AuthorityTests {
  /// The denials of a change of the catalogue's base.
  private func denials(
    from start: MemoryRepository = MemoryRepository(Example([])), by account: String,
    _ edit: (inout MemoryRepository) -> Void
  ) async throws -> (diagnostics: [Diagnostic], text: String) {
    var end = start
    edit(&end)
    let base = Revision(tree: start.tree, compilation: await start.compile())
    let head = Revision(tree: end.tree, compilation: await end.compile())
    let actor = Actor(try #require(Account(account)), in: base.compilation)
    let decisions = Authority.decisions(on: ChangeSet(from: base, to: head), by: actor, base: base.compilation)
    let diagnostics = decisions.compactMap { $0.diagnostic(for: actor) }.inFileOrder()
    let files = SourceFiles(of: diagnostics) { head.compilation.source($0) ?? base.compilation.source($0) }
    return (diagnostics, DiagnosticReport(diagnostics, files: files).text(.text, width: 120))
  }

  // MARK: - The catalogue

  @Test(arguments: DiagnosticCode.allCases.filter(\.isAboutChanges))
  func badExampleTriggersItsCode(_ code: DiagnosticCode) async throws {
    let example = code.entry.bad
    let found = try await denials(by: try #require(example.actor)) { repository in
      for entry in example.entries { repository.add(entry) }
    }
    #expect(found.diagnostics.map(\.code) == [code], "\(found.text)")
    expectGolden(found.text, at: "\(folder())/Golden/err/\(code.rawValue).out")
  }

  @Test(arguments: DiagnosticCode.allCases.filter(\.isAboutChanges))
  func goodExampleIsPermitted(_ code: DiagnosticCode) async throws {
    let example = code.entry.good
    let found = try await denials(by: try #require(example.actor)) { repository in
      for entry in example.entries { repository.add(entry) }
    }
    #expect(found.diagnostics.isEmpty, "\(found.text)")
  }

  // MARK: - Nothing at all

  /// A commit of nothing still moves a branch, perhaps back to where its author had rights.
  @Test(arguments: [
    ("user:acme/giulia", "active", true), ("user:acme/giulia", "disabled", false),
    ("user:acme/giulia", "pending", false),
    ("github:stranger", "active", false), ("user:acme/nobody", "active", false), ("user:root", "disabled", true),
  ])
  func onlyActiveUsersChangeNothing(_ account: String, _ status: String, _ isPermitted: Bool) async throws {
    var start = MemoryRepository(Example([]))
    let path = "orgs/acme/users/giulia.yaml"
    let text = String(decoding: start.contents[path] ?? [], as: UTF8.self)
    start.set(path, text.replacing("status: active", with: "status: \(status)"))
    let compilation = await start.compile()
    let revision = Revision(tree: start.tree, compilation: compilation)
    let changes = ChangeSet(from: revision, to: revision)
    let actor = Actor(try #require(Account(account)), in: compilation)
    #expect(changes.isEmpty)
    #expect((actor.refusal(of: changes) == nil) == isPermitted)
    #expect(actor.refusal(of: changes)?.code ?? .changeNotPermitted == .changeNotPermitted)
  }

  // MARK: - The table

  /// A field that no row covers could be changed by nobody: whoever adds one decides.
  @Test(arguments: ["User", "Organization"])
  func everyFieldIsCovered(_ kind: String) throws {
    let shape = try #require(DocumentSchema.named(kind)?.shape)
    let names = shape.fields.flatMap { field -> [String] in
      guard case .object(let inner) = field.shape, field.name == "spec" else { return [field.name] }
      return inner.fields.flatMap { member -> [String] in
        guard case .object(let deeper) = member.shape, member.name == "access" else { return ["spec.\(member.name)"] }
        return deeper.fields.map { "spec.access.\($0.name)" }
      }
    }
    let covered = AuthorityRule.all.flatMap { rule -> [String] in
      guard case .document(let ruled, .changed(let fields)) = rule.subject, ruled.rawValue == kind else { return [] }
      return fields
    }
    #expect(Set(names).subtracting(["apiVersion", "kind"]) == Set(covered))
  }

  @Test func documentationIsFresh() throws {
    let path = packageRoot + "/docs/authority.md"
    let text = String(decoding: try ExternalCommand.read(path), as: UTF8.self)
    let (begin, end) = ("<!-- begin rules -->\n", "<!-- end rules -->")
    let start = try #require(text.firstRange(of: begin)?.upperBound)
    let finish = try #require(text.firstRange(of: end)?.lowerBound)
    expectGolden(text[..<start] + AuthorityRule.markdown + text[finish...], at: path)
  }

  // MARK: - Elevation

  private static let giulia = "orgs/acme/users/giulia.yaml"

  /// The base with Giulia, and a custom role that holds nothing much.
  private var start: MemoryRepository {
    var repository = MemoryRepository(Example([]))
    repository.set(
      "roles/helper.yaml", MatrixWorld.document("Role", "helper", "scope: org\npermissions: [keys:read]"))
    repository.set("orgs/acme/users/vera.yaml", MatrixWorld.user("vera", "viewer", status: "active"))
    return repository
  }

  /// Every way up that one commit could try.
  @Test(arguments: [
    "own roles", "own status", "role of oneself", "role of another", "global document", "new global user",
    "key of an admin", "role known only to the change", "unknown role", "hidden by layout",
  ])
  func nobodyRaisesTheirRights(_ way: String) async throws {
    let found = try await denials(from: start, by: "user:acme/giulia") { repository in
      switch way {
      case "own roles": repository.replace(Self.giulia, "[engineer]", "[engineer, helper]")
      case "own status": repository.replace(Self.giulia, "status: active", "status: disabled")
      case "role of oneself": repository.replace("roles/helper.yaml", "keys:read", "keys:read, platform:write")
      case "role of another": repository.replace("orgs/acme/users/vera.yaml", "[viewer]", "[engineer]")
      case "global document":
        repository.set("users/giulia.yaml", MatrixWorld.user("giulia", "admin", status: "active"))
      case "new global user": repository.set("users/x.yaml", MatrixWorld.user("x", nil, status: "active"))
      case "key of an admin":
        repository.replace("users/root.yaml", "roles:", "identities: { github: giulia }\n  roles:")
      case "role known only to the change":
        repository.set("roles/more.yaml", MatrixWorld.document("Role", "more", "scope: org\npermissions: [orgs:write]"))
        repository.replace("orgs/acme/users/vera.yaml", "[viewer]", "[more]")
      case "unknown role": repository.replace("orgs/acme/users/vera.yaml", "[viewer]", "[later]")
      default:
        repository.set(".wpexignore", Self.giulia)
        repository.set("orgs/acme/users/other.yaml", MatrixWorld.user("giulia", "admin", status: "active"))
      }
    }
    #expect(!found.diagnostics.isEmpty)
  }

  /// The message names the roles that would do, and the place.
  @Test func namesTheRolesThatWouldDo() async throws {
    let relay = "orgs/globex/relays/r.yaml"
    let found = try await denials(by: "user:acme/giulia") { $0.set(relay, MatrixWorld.relay) }
    #expect(
      found.diagnostics.first?.help
        == "ask a user with the role `admin` or `engineer` of globex to make this change")
    #expect(found.diagnostics.first?.primary.location.path == relay)
    let stranger = try await denials(by: "github:mallory") { $0.set(relay, MatrixWorld.relay) }
    #expect(stranger.text.contains("`github:mallory` is not an active user"))
  }

  private func denials(
    by account: String, _ edit: (inout MemoryRepository) -> Void
  ) async throws -> (diagnostics: [Diagnostic], text: String) {
    try await denials(from: MemoryRepository(Example([])), by: account, edit)
  }

  // MARK: - Accounts

  @Test(arguments: [
    "github:", "github", "ssh:MD5:1", "user:", "user:a/b/c", "user:/b", "oidc:issuer", "oidc:#1", "bitbucket:x", "",
  ])
  func malformedAccounts(_ text: String) { #expect(Account(text) == nil) }

  @Test func accountsHaveOneActiveOwner() async throws {
    var repository = MemoryRepository(Example([]))
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIICxpUTI6Fqa44biXb30aEygvyj4mduXZ8bWclYjvRoi"
    let identities =
      "identities:\n    github: Giulia\n    gitlab: grossi\n    oidc: [{ issuer: https://id.example, subject: \"7\" }]\n"
      + "    sshKeys: [\(key)]\n  roles:"
    repository.replace(Self.giulia, "roles:", identities)
    var compilation = await repository.compile()
    let giulia = UserID(org: "acme", name: "giulia")
    for text in [
      "github:giulia", "gitlab:grossi", "oidc:https://id.example#7", "user:acme/giulia",
      "ssh:SHA256:oIwyJ5CZjkIui9RA0SweJEKOdp8w/MZoyHhniZWT72g",
    ] {
      #expect(compilation.owner(of: try #require(Account(text))) == giulia, "\(text)")
      #expect(Account(text)?.description == text)
    }
    for text in ["github:grossi", "oidc:https://id.example#8", "user:giulia", "ssh:SHA256:AAAA"] {
      #expect(compilation.owner(of: try #require(Account(text))) == nil, "\(text)")
    }
    // Whoever asks to join takes no account away; a second active user leaves it to nobody.
    repository.set(
      "orgs/globex/users/x.yaml",
      MatrixWorld.user("x", nil, status: "pending").replacing(
        "access:", with: "identities: { github: giulia }\n  access:"))
    compilation = await repository.compile()
    #expect(compilation.owner(of: .github("giulia")) == giulia)
    repository.replace("orgs/globex/users/x.yaml", "status: pending", "status: active")
    compilation = await repository.compile()
    #expect(compilation.owner(of: .github("giulia")) == nil)
  }

  // MARK: - CODEOWNERS

  @Test func codeOwners() async throws {
    var repository = MemoryRepository(Example([]))
    let without = await repository.compile()
    #expect(throws: CodeOwners.NoOwner.self) { try CodeOwners(of: without, for: .github) }
    repository.replace("users/root.yaml", "roles:", "identities: { github: root-admin }\n  roles:")
    repository.replace(Self.giulia, "roles:", "identities: { github: giulia-rossi, gitlab: grossi }\n  roles:")
    repository.set(
      "users/ops.yaml",
      MatrixWorld.user("ops", "organizer", status: "active").replacing(
        "access:", with: "identities: { github: ops }\n  access:"))
    repository.set(
      "roles/organizer.yaml", MatrixWorld.document("Role", "organizer", "scope: global\npermissions: [orgs:write]"))
    let owners = try CodeOwners(of: await repository.compile(), for: .github)
    expectGolden(owners.text, at: "\(folder())/Golden/CODEOWNERS")
  }
}
