import Authority
import ChangeSet
import ConfigCompiler
import ConfigModel
import Diagnostics
import RepositorySupport
import Testing

/// What somebody has, nobody else may claim, whatever their role.
@Suite struct ForeignClaimTests {
  private func codes(
    from start: MemoryRepository, to end: MemoryRepository, by account: String = "user:root"
  ) async throws -> [DiagnosticCode] {
    let base = Revision(tree: start.tree, compilation: await start.compile())
    let head = Revision(tree: end.tree, compilation: await end.compile(base: base.compilation))
    let actor = Actor(try #require(Account(account)), in: base.compilation)
    return Authority.decisions(on: ChangeSet(from: base, to: head), by: actor, base: base.compilation)
      .compactMap { $0.diagnostic(for: actor) }.map(\.code)
  }

  @Test(arguments: ContestedThing.all, [("globex", "acme"), ("acme", "globex")])
  func claimingIsDenied(_ thing: ContestedThing, _ orgs: (holder: String, newcomer: String)) async throws {
    var start = MemoryRepository(Example([]))
    thing.claim(&start, orgs.holder, false)
    var end = start
    thing.claim(&end, orgs.newcomer, true)
    #expect(try await codes(from: start, to: end) == [.claimHeldByOther])
    // Once it is there, however it came, a change of something else is judged by itself.
    var later = end
    later.set("orgs/\(orgs.newcomer)/users/new.yaml", MatrixWorld.user("new", "viewer", status: "active"))
    #expect(try await codes(from: end, to: later) == [])
    // Given up by the same change, or before it, it is free.
    var moved = MemoryRepository(Example([]))
    thing.claim(&moved, orgs.newcomer, true)
    #expect(try await codes(from: start, to: moved) == [])
    var free = MemoryRepository(Example([]))
    thing.claim(&free, orgs.newcomer, false)
    #expect(try await codes(from: MemoryRepository(Example([])), to: free) == [])
  }

  private static let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIICxpUTI6Fqa44biXb30aEygvyj4mduXZ8bWclYjvRoi"
  private static let hash = String(repeating: "a", count: 64)

  private var start: MemoryRepository {
    var start = MemoryRepository(Example([]))
    start.replace(
      "users/root.yaml", "roles:",
      "identities: { github: root, gitlab: root, email: [r@a.example], sshKeys: [\"\(Self.key)\"], "
        + "oidc: [{ issuer: https://id.example, subject: \"7\" }] }\n  access: { tokens: [{ name: t, sha256: \(Self.hash) }] }\n  roles:"
    )
    start.set("orgs/acme/users/vera.yaml", MatrixWorld.user("vera", "viewer", status: "active"))
    start.set("orgs/acme/users/paul.yaml", MatrixWorld.user("paul", "viewer", status: "pending"))
    return start
  }

  /// A viewer writes an admin's account into their own document: so every admin would be locked out.
  @Test(arguments: [
    "identities: { github: ROOT }", "identities: { gitlab: root }", "identities: { email: [R@a.example] }",
    "identities: { sshKeys: [\"\(key) vera\"] }",
    "identities: { oidc: [{ issuer: https://id.example, subject: \"7\" }] }",
    "tokens",
  ])
  func nobodyTakesAnAdminsAccount(_ field: String) async throws {
    for (file, account) in [("vera", "user:acme/vera"), ("giulia", "user:acme/giulia")] {
      var end = start
      end.replace(
        "orgs/acme/users/\(file).yaml", field == "tokens" && file == "vera" ? "access:\n" : "roles:",
        field == "tokens"
          ? file == "vera"
            ? "access:\n    tokens: [{ name: u, sha256: \(Self.hash) }]\n"
            : "access: { tokens: [{ name: u, sha256: \(Self.hash) }] }\n  roles:" : "\(field)\n  roles:")
      #expect(try await codes(from: start, to: end, by: account) == [.claimHeldByOther])
      // Of oneself too: an admin's second account must not have the first one's.
      #expect(try await codes(from: start, to: end) == [.claimHeldByOther])
    }
  }

  /// Asking claims nothing; approving what was asked for does.
  @Test func approvalClaims() async throws {
    var asked = start
    asked.replace("orgs/acme/users/paul.yaml", "roles:", "identities: { github: root }\n  roles:")
    #expect(try await codes(from: start, to: asked) == [])
    var approved = asked
    approved.replace("orgs/acme/users/paul.yaml", "status: pending", "status: active")
    #expect(try await codes(from: asked, to: approved) == [.claimHeldByOther])
    // An organization that is approved brings along what stands in its folder.
    asked = start
    asked.set("orgs/new/organization.yaml", MatrixWorld.document("Organization", "new", "displayName: New"))
    asked.set(
      "orgs/new/users/ann.yaml",
      MatrixWorld.user("ann", "viewer", status: "active").replacing(
        "roles:", with: "identities: { github: root }\n  roles:"))
    asked.set(
      "orgs/new/keys/k.yaml",
      MatrixWorld.document("Key", "k", "publicKey: Rf4ldvsLVN7nCWliw1u9av/OAdEUJYdjYwSfZrDeid0="))
    #expect(try await codes(from: start, to: asked) == [])
    approved = asked
    approved.replace("orgs/new/organization.yaml", "displayName: New", "displayName: New\n  status: active")
    #expect(try await codes(from: asked, to: approved) == [.claimHeldByOther, .claimHeldByOther])
    // With the ports that it asks for.
    approved.replace(
      "orgs/globex/organization.yaml", "portRange: 30200-30299", "portRange: 30200-30299 # as before")
    asked = start
    asked.set(
      "orgs/new/organization.yaml",
      MatrixWorld.document(
        "Organization", "new", "displayName: New\nportRange: 30250-30300\nallowedRegions: [eu-north]"))
    approved = asked
    approved.replace("orgs/new/organization.yaml", "displayName: New", "displayName: New\n  status: active")
    #expect(try await codes(from: asked, to: approved) == [.claimHeldByOther])
  }

  @Test func renamingAUserIsNoClaim() async throws {
    var end = start
    let text = String(decoding: end.contents["users/root.yaml"] ?? [], as: UTF8.self)
    end.remove("users/root.yaml")
    end.set("users/chief.yaml", text.replacing("name: root", with: "name: chief"))
    #expect(try await codes(from: start, to: end) == [])
  }

  /// Two keys of one organization are its own affair: the compiler says so, and nobody's rights are concerned.
  @Test func oneOrganizationIsItsOwnAffair() async throws {
    var end = start
    end.set(
      "orgs/acme/keys/x.yaml",
      MatrixWorld.document("Key", "x", "publicKey: GbqklnHxPVr8wA/mCNAxt2dYtGUHCwY+sRUKY9zi4wU="))
    #expect(try await codes(from: start, to: end, by: "user:acme/giulia") == [])
  }

  /// An organization without ports of its own takes none of another's slice, where that one may run relays.
  @Test(arguments: [("eu-north", [DiagnosticCode.claimHeldByOther]), ("eu-south", [])])
  func portsOfAnothersSlice(_ region: String, _ expected: [DiagnosticCode]) async throws {
    var start = start
    start.replace("orgs/acme/organization.yaml", "  portRange: 30100-30199\n", "")
    var end = start
    end.set(
      "orgs/acme/relays/x.yaml",
      MatrixWorld.document("Relay", "x", "region: \(region)\nport: 30250\nkeys:\n  names: [headquarters]"))
    #expect(try await codes(from: start, to: end, by: "user:acme/giulia") == expected)
  }

  @Test func aSliceThatGrows() async throws {
    var end = start
    end.replace("orgs/acme/organization.yaml", "30100-30199", "30090-30199")
    #expect(try await codes(from: start, to: end) == [])
    end.replace("orgs/acme/organization.yaml", "30090-30199", "30090-30400")
    #expect(try await codes(from: start, to: end) == [.claimHeldByOther])
    // Both at once: what one gives up the other may take.
    end.replace("orgs/globex/organization.yaml", "30200-30299", "30500-30599")
    #expect(try await codes(from: start, to: end) == [])
  }
}
