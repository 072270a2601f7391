import Authority
import ChangeSet
import ConfigCompiler
import ConfigModel
import RepositorySupport
import Testing

/// Where the rights of custom roles end: of an organization's role at the organization, and of a global one at what it has itself.
@Suite struct BoundaryTests {
  private func isPermitted(
    by account: String, _ prepare: (inout MemoryRepository) -> Void, _ edit: (inout MemoryRepository) -> Void
  ) async throws -> Bool {
    var start = MatrixWorld.base(acme: "active")
    prepare(&start)
    var end = start
    edit(&end)
    let base = Revision(tree: start.tree, compilation: await start.compile())
    let head = Revision(tree: end.tree, compilation: await end.compile())
    let actor = Actor(try #require(Account(account)), in: base.compilation)
    try #require(actor.rights != nil)
    let decisions = Authority.decisions(on: ChangeSet(from: base, to: head), by: actor, base: base.compilation)
    try #require(!decisions.isEmpty)
    return decisions.allSatisfy { $0.outcome == .permitted }
  }

  private static let organization = "orgs/acme/organization.yaml"

  /// The compiler reports such a role, and the daemon may be asked about it all the same.
  @Test(arguments: [("limits: { relays: 3", "limits: { relays: 300"), ("30100-30199", "30100-30198")])
  func whatIsThePlatformsNeedsAGlobalRole(_ old: String, _ new: String) async throws {
    let edit = { (repository: inout MemoryRepository) in repository.replace(Self.organization, old, new) }
    let permissions = "permissions: [orgs:read, orgs:write, users:write, platform:write]"
    for (scope, account, isEnough) in [("org", "user:acme/otto", false), ("global", "user:otto", true)] {
      let path = scope == "org" ? "orgs/acme/users/otto.yaml" : "users/otto.yaml"
      let found = try await isPermitted(
        by: account,
        {
          $0.set("roles/chief.yaml", MatrixWorld.document("Role", "chief", "scope: \(scope)\n\(permissions)"))
          $0.set(path, MatrixWorld.user("otto", "chief", status: "active"))
        }, edit)
      #expect(found == isEnough)
    }
  }

  /// The compiler reports it, and until somebody mends it, it is worth nothing.
  @Test func aRoleOfTheOtherScopePermitsNothing() async throws {
    var repository = MatrixWorld.base(acme: "active")
    repository.set("orgs/acme/users/otto.yaml", MatrixWorld.user("otto", "admin", status: "active"))
    repository.set("users/otto.yaml", MatrixWorld.user("otto", "engineer", status: "active"))
    let compilation = await repository.compile()
    for org in ["acme", nil] {
      let user = UserID(org: org, name: "otto")
      #expect(compilation.isActive(user))
      #expect(compilation.rights(of: user) == Rights(user: user))
    }
  }

  /// Somebody who may write roles, and users, and a little else.
  private func prepare(_ repository: inout MemoryRepository) {
    repository.set(
      "roles/deputy.yaml",
      MatrixWorld.document(
        "Role", "deputy", "scope: global\npermissions: [roles:write, users:write, users:approve, keys:read]"))
    repository.set("users/otto.yaml", MatrixWorld.user("otto", "deputy", status: "active"))
    repository.set(
      "roles/helper.yaml", MatrixWorld.document("Role", "helper", "scope: global\npermissions: [keys:read]"))
    repository.set("users/hans.yaml", MatrixWorld.user("hans", nil, status: "active"))
  }

  @Test(arguments: [
    ("keys:read", true), ("keys:read, users:write", true), ("keys:read, platform:write", false), ("orgs:write", false),
  ])
  func nobodyGivesARoleWhatTheyDoNotHave(_ permissions: String, _ isTheirs: Bool) async throws {
    let added = try await isPermitted(by: "user:otto", prepare) {
      $0.set("roles/more.yaml", MatrixWorld.document("Role", "more", "scope: global\npermissions: [\(permissions)]"))
    }
    #expect(added == isTheirs)
    // A role that is taken away from others must not have had more either.
    let removed = try await isPermitted(
      by: "user:otto",
      {
        prepare(&$0)
        $0.set("roles/more.yaml", MatrixWorld.document("Role", "more", "scope: global\npermissions: [\(permissions)]"))
      }, { $0.remove("roles/more.yaml") })
    #expect(removed == isTheirs)
  }

  /// The role becomes as much as its author has, in the commit that gives it to somebody: nobody makes an equal of themselves.
  @Test func aRoleCountsForTheMostThatItEverPermits() async throws {
    let all = "roles:write, users:write, users:approve, keys:read"
    for (permissions, isPermitted) in [("keys:read, users:write", true), (all, false)] {
      let found = try await self.isPermitted(by: "user:otto", prepare) {
        $0.replace("roles/helper.yaml", "[keys:read]", "[\(permissions)]")
        $0.replace("users/hans.yaml", "roles: []", "roles: [helper]")
      }
      #expect(found == isPermitted, "\(permissions)")
      // And the other way round: what it was counts too.
      let lowered = try await self.isPermitted(
        by: "user:otto",
        {
          prepare(&$0)
          $0.replace("roles/helper.yaml", "[keys:read]", "[\(permissions)]")
          $0.replace("users/hans.yaml", "roles: []", "roles: [helper]")
        },
        {
          $0.replace("roles/helper.yaml", "[\(permissions)]", "[keys:read]")
          $0.replace("users/hans.yaml", "Somebody", "Somebody else")
        })
      #expect(lowered == isPermitted, "\(permissions)")
    }
  }
}
