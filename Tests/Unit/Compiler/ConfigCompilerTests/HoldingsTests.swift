import ConfigCompiler
import ConfigModel
import Diagnostics
import RepositorySupport
import Testing

/// Whoever was there first keeps what is theirs: a newcomer who claims it has the error, and nobody else has any.
@Suite struct HoldingsTests {
  private static let publicKey = "e60Q3QdjZ8aEezuwIkqfH+5w3L6FCDqvXmM912vcQb8="

  static func document(_ kind: String, _ name: String, _ spec: String) -> String {
    let lines = spec.split(separator: "\n").map { "  \($0)\n" }.joined()
    return "apiVersion: wpex.io/v1alpha1\nkind: \(kind)\nmetadata:\n  name: \(name)\nspec:\n\(lines)"
  }

  static func member(_ name: String, _ spec: String, status: String = "active", role: String = "viewer") -> String {
    document(
      "User", name, "displayName: Somebody\nemail: some@body.example\nstatus: \(status)\nroles: [\(role)]\n\(spec)")
  }

  private static let start = MemoryRepository(Example([]))

  private func errors(_ compilation: Compilation) -> Set<String> {
    Set(
      compilation.diagnostics.filter { $0.severity == .error }.map {
        "\($0.code.rawValue) \(RepositoryTree.organization(of: $0.primary.location.path) ?? "platform")"
      })
  }

  @Test(arguments: ContestedThing.all, [("globex", "acme"), ("acme", "globex")])
  func newcomerHasTheError(_ thing: ContestedThing, _ orgs: (holder: String, newcomer: String)) async {
    var repository = Self.start
    thing.claim(&repository, orgs.holder, false)
    let base = await repository.compile()
    #expect(base.diagnostics.isEmpty, "\(base.text)")
    thing.claim(&repository, orgs.newcomer, true)
    let expected: Set<String> = ["\(thing.code.rawValue) \(orgs.newcomer)"]
    let head = await repository.compile(base: base)
    #expect(errors(head) == expected, "\(head.text)")
    #expect(head.faults == .organizations([orgs.newcomer]))
    #expect(head.holdings.disputes.isEmpty)
    // The outcome passes on from each compilation to the next, whatever else changes.
    repository.set("orgs/\(orgs.holder)/users/new.yaml", Self.member("new", "", role: "viewer"))
    let next = await repository.compile(reusing: head, base: head)
    #expect(errors(next) == expected, "\(next.text)")
    // The holder gives it up: it is the newcomer's. Who claims it then is a newcomer in turn.
    var without = Self.start
    thing.claim(&without, orgs.newcomer, true)
    let alone = await without.compile(base: next)
    #expect(alone.diagnostics.isEmpty, "\(alone.text)")
    let back = await repository.compile(base: alone)
    #expect(errors(back) == ["\(thing.code.rawValue) \(orgs.holder)"], "\(back.text)")
  }

  @Test(arguments: ContestedThing.all)
  func nobodyComesFirstWithoutABase(_ thing: ContestedThing) async {
    var repository = Self.start
    thing.claim(&repository, "acme", false)
    thing.claim(&repository, "globex", true)
    let expected: Set<String> = ["\(thing.code.rawValue) acme", "\(thing.code.rawValue) globex"]
    let alone = await repository.compile()
    #expect(errors(alone) == expected, "\(alone.text)")
    #expect(!alone.holdings.disputes.isEmpty)
    // Nor where both come in one commit, and in every one after that.
    var neither = Self.start
    neither.edit("orgs/globex/organization.yaml") { $0.replacing("30200-30299", with: "30300-30399") }
    let both = await repository.compile(base: await neither.compile())
    #expect(errors(both) == expected, "\(both.text)")
    let next = await repository.compile(base: both)
    #expect(errors(next) == expected && next.holdings.disputes.isEmpty, "\(next.text)")
  }

  /// A commit that two claim at once, and a third one later: those who were there before the third are before it.
  @Test func aThirdOneComesLast() async {
    var repository = Self.start
    for org in ["acme", "globex"] {
      repository.set("orgs/\(org)/users/a.yaml", Self.member("a", "identities: { github: x }"))
    }
    let both = await repository.compile()
    repository.set("orgs/acme/users/b.yaml", Self.member("b", "identities: { github: x }"))
    let third = await repository.compile(base: both)
    #expect(third.owner(of: .github("x")) == nil)
    repository.remove("orgs/globex/users/a.yaml")
    let left = await repository.compile(base: third)
    #expect(left.owner(of: .github("x")) == UserID(org: "acme", name: "a"))
  }

  // MARK: - Look-ups

  private static let hash = String(repeating: "a", count: 64)
  private static let everything =
    "identities: { github: anna, gitlab: anna, oidc: [{ issuer: https://id.example, subject: \"7\" }], sshKeys: [\"\(ed25519)\"] }\n"
    + "access: { tokens: [{ name: t, sha256: \(hash) }] }"
  private static let ed25519 =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIICxpUTI6Fqa44biXb30aEygvyj4mduXZ8bWclYjvRoi"

  private func owners(_ compilation: Compilation) -> Set<UserID?> {
    [
      compilation.owner(of: .github("anna")), compilation.owner(of: .gitlab("anna")),
      compilation.owner(of: .oidc(OIDCIdentity(issuer: "https://id.example", subject: "7"))),
      compilation.subjects[OIDCIdentity(issuer: "https://id.example", subject: "7")],
      compilation.tokens[Self.hash]?.user, compilation.owner(of: Claim(sshKey: Self.ed25519)),
    ]
  }

  /// The holder is an admin; who claims the same is anybody else, before or behind in every order.
  @Test(arguments: ["orgs/acme/users/x.yaml", "orgs/globex/users/x.yaml", "users/aaa.yaml", "users/zzz.yaml"])
  func holderKeepsEveryCredential(_ path: String) async {
    var repository = Self.start
    repository.set("users/anna.yaml", Self.member("anna", Self.everything, role: "admin"))
    let base = await repository.compile()
    let anna = UserID(org: nil, name: "anna")
    #expect(owners(base) == [anna])
    let role = path.hasPrefix("orgs") ? "viewer" : "executive"
    repository.set(path, Self.member("x", Self.everything, role: role))
    let head = await repository.compile(base: base)
    #expect(owners(head) == [anna])
    #expect(head.hasErrors && head.faults != .platform, "\(head.text)")
    // Without a base nobody has it: two are not told apart by their order.
    let alone = await repository.compile()
    #expect(owners(alone) == [nil])
    // Whoever only asks has nothing, and takes nothing.
    repository.set(path, Self.member("x", Self.everything, status: "pending", role: role))
    let asking = await repository.compile()
    #expect(owners(asking) == [anna])
    #expect(!asking.hasErrors, "\(asking.text)")
  }

  @Test func aRenamedUserKeepsTheAccount() async {
    var repository = Self.start
    repository.set("orgs/globex/users/a.yaml", Self.member("a", "identities: { github: x }"))
    let base = await repository.compile()
    repository.remove("orgs/globex/users/a.yaml")
    repository.set("orgs/globex/users/b.yaml", Self.member("b", "identities: { github: x }"))
    repository.set("orgs/acme/users/c.yaml", Self.member("c", "identities: { github: x }"))
    let head = await repository.compile(base: base)
    #expect(head.owner(of: .github("x")) == UserID(org: "globex", name: "b"))
    #expect(head.faults == .organizations(["acme"]))
  }

  @Test func aDisabledUserIsNotReplaced() async {
    var repository = Self.start
    repository.set("orgs/globex/users/a.yaml", Self.member("a", "identities: { github: x }", status: "disabled"))
    let base = await repository.compile()
    repository.set("orgs/acme/users/c.yaml", Self.member("c", "identities: { github: x }"))
    let head = await repository.compile(base: base)
    #expect(head.owner(of: .github("x")) == nil)
    #expect(head.faults == .organizations(["acme"]))
    // Without a base the only one who is active has it, as ever.
    let alone = await repository.compile()
    #expect(alone.owner(of: .github("x")) == UserID(org: "acme", name: "c"))
  }

  /// Within one organization the error is the later one's, as ever: one is enough.
  @Test func oneErrorWithinAnOrganization() async {
    var repository = Self.start
    for name in ["a", "b"] {
      repository.set("orgs/acme/keys/\(name).yaml", Self.document("Key", name, "publicKey: \(Self.publicKey)"))
    }
    let compilation = await repository.compile()
    #expect(compilation.diagnostics.map(\.primary.location.path) == ["orgs/acme/keys/b.yaml"])
    #expect(compilation.diagnostics.first?.related.first?.location.path == "orgs/acme/keys/a.yaml")
  }

  // MARK: - Names

  @Test(arguments: ["ACME", "Acme", "aCME"])
  func aFolderOfAnotherCaseIsTheNewcomer(_ folder: String) async {
    var repository = Self.start
    repository.set("orgs/\(folder)/organization.yaml", Self.document("Organization", "zz", "displayName: Z"))
    repository.set("orgs/\(folder)/users/a.yaml", Self.member("a", "", status: "pending"))
    for base in [nil, await Self.start.compile()] {
      let compilation = await repository.compile(base: base)
      #expect(compilation.faults == .organizations([folder]), "\(compilation.text)")
      #expect(compilation.diagnostics.contains { $0.code == .pathCollision })
    }
  }

  @Test(arguments: ["users/ROOT.yaml", "users/Root.yaml", "orgs/acme/users/GIULIA.yaml"])
  func aFileOfAnotherCaseIsTheNewcomer(_ path: String) async {
    var repository = Self.start
    let role = path.hasPrefix("orgs") ? "viewer" : "executive"
    repository.set(path, Self.member("zz", "", status: "pending", role: role))
    let asking = await repository.compile()
    #expect(asking.diagnostics.map(\.code) == [.pathCollision] && asking.faults == .none, "\(asking.text)")
    repository.set(path, Self.member("zz", "", role: role))
    let head = await repository.compile(base: await Self.start.compile())
    #expect(head.diagnostics.map(\.primary.location.path) == [path], "\(head.text)")
  }

  @Test func aRequestNeverStandsForADeclaredUser() async {
    var repository = Self.start
    repository.set("orgs/acme/users/aaa.yaml", Self.member("giulia", "", status: "pending"))
    let compilation = await repository.compile()
    #expect(compilation.isActive(UserID(org: "acme", name: "giulia")))
    #expect(compilation.diagnostics.map(\.code) == [.duplicateIdentity] && compilation.faults == .none)
  }
}

/// Whoever only asks is in nobody's way.
@Suite struct RequestTests {
  private static let start = MemoryRepository(Example([]))

  /// What a stranger may add without anybody's consent.
  static let requests: [(name: String, files: [String: String])] = [
    (
      "ports of all",
      ["orgs/aaa/organization.yaml": organization("aaa", "portRange: 30000-32767\nallowedRegions: [eu-north]")]
    ),
    ("a role that is not there", ["users/zz.yaml": member("zz", "", role: "no-such-role")]),
    (
      "a role of the wrong scope",
      ["users/zz.yaml": member("zz", "", role: "viewer"), "orgs/acme/users/zz.yaml": member("zz", "", role: "admin")]
    ),
    (
      "another organization's name",
      ["users/zz.yaml": member("zz", "").replacing("name: zz", with: "name: zz\n  org: acme")]
    ),
    (
      "one name twice",
      [
        "users/zz.yaml": member("zz", "") + "---\n" + member("zz", ""),
        "orgs/acme/users/zz.yaml": member("zz", "") + "---\n" + member("zz", ""),
      ]
    ),
    (
      "a secret in a comment",
      [
        "users/zz.yaml": "# PrivateKey = (the key)\n" + member("zz", ""),
        "orgs/acme/users/zz.yaml": member("zz", "") + "# PrivateKey = (the key)\n",
      ]
    ),
    (
      "a control character in the path",
      ["users/z\u{7}z.yaml": member("zz", ""), "orgs/acme/users/z\u{7}z.yaml": member("zz", "")]
    ),
    (
      "more than the limits",
      Dictionary(uniqueKeysWithValues: (0..<9).map { ("orgs/acme/users/z\($0).yaml", member("z\($0)", "")) })
    ),
    (
      "reserved names",
      [
        "orgs/system/organization.yaml": organization("system", ""),
        "orgs/kube-system/organization.yaml": organization("kube-system", ""),
      ]
    ),
    ("appended to a file", ["users/root.yaml": "", "orgs/acme/users/giulia.yaml": ""]),
    ("users of no organization", ["orgs/zzz/users/a.yaml": member("a", "identities: { github: giulia }")]),
  ]

  private static func organization(_ name: String, _ spec: String) -> String {
    HoldingsTests.document("Organization", name, "displayName: Z\n\(spec)")
  }

  private static func member(_ name: String, _ spec: String, role: String = "executive") -> String {
    HoldingsTests.member(name, spec, status: "pending", role: role)
  }

  @Test(arguments: requests.map(\.name))
  func askingHoldsNobodyBack(_ name: String) async throws {
    let request = try #require(Self.requests.first { $0.name == name })
    var repository = Self.start
    for (path, text) in request.files {
      let asked = text.isEmpty ? "# PrivateKey = (the key)\n---\n" + Self.member("zz", "", role: "no-such-role") : text
      let before = repository.contents[path].map { String(decoding: $0, as: UTF8.self) } ?? ""
      repository.set(path, before + asked)
    }
    for base in [nil, await Self.start.compile()] {
      let compilation = await repository.compile(base: base)
      for org in ["acme", "globex"] { #expect(!compilation.faults.contain(org), "\(compilation.text)") }
      #expect(compilation.faults != .platform)
    }
  }

  /// What a global user can do to their own document stops nobody else.
  @Test(arguments: ["displayName: 'PrivateKey = (the key)'", "identities: { github: giulia }"])
  func aGlobalUserStopsNobody(_ field: String) async {
    var repository = Self.start
    repository.set("orgs/acme/users/other.yaml", HoldingsTests.member("other", "identities: { github: giulia }"))
    repository.set("users/board.yaml", HoldingsTests.member("board", "", role: "executive"))
    let base = await repository.compile()
    repository.set(
      "users/board.yaml",
      HoldingsTests.member("board", field.hasPrefix("display") ? "" : field, role: "executive")
        .replacing("displayName: Somebody", with: field.hasPrefix("display") ? field : "displayName: Somebody"))
    let head = await repository.compile(base: base)
    #expect(head.hasErrors && head.faults == .none, "\(head.text)")
  }

  /// A user whom an admin declares with a role that is not there keeps the last good commit in force, as ever.
  @Test func anAdminsMistakeKeepsTheLastGoodCommit() async {
    var repository = Self.start
    repository.set("users/zz.yaml", HoldingsTests.member("zz", "", role: "no-such-role"))
    let compilation = await repository.compile()
    #expect(compilation.faults == .platform)
  }
}

extension Compilation {
  /// The active user who has a credential.
  fileprivate func owner(of claim: Claim) -> UserID? { holder(of: claim).flatMap { isActive($0) ? $0 : nil } }
}
