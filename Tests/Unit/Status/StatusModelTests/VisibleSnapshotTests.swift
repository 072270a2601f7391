import ConfigCompiler
import ConfigModel
import Diagnostics
import RepositorySupport
import Testing

@testable import StatusModel

/// What lists and look-ups give to viewers: of one organization, of all, and of none.
@Suite struct SightTests {
  /// Two organizations; each, and the platform, has something that the compiler reports.
  private func snapshot() async throws -> StatusSnapshot {
    var repository = MemoryRepository(Example([]))
    for org in ["acme", "globex"] { repository.set("orgs/\(org)/keys/broken.yaml", "kind: Key\n") }
    repository.set("users/broken.yaml", "kind: User\n")
    let compilation = await repository.compile()
    let commits = [(["acme"], false), (["globex"], false), ([], true), (["acme", "globex"], true)].enumerated().map {
      CommitRecord(
        place: $0, id: "c\($0)", time: 0, author: "A", summary: "S", organizations: Set($1.0), touchesPlatform: $1.1,
        progress: .everywhere)
    }
    return StatusSnapshot(
      .init(
        model: DeclaredModel(compilation, now: 1_780_000_000), head: ("head", compilation), commits: commits,
        time: 1_780_000_000, installation: Installation(version: "1", hasAudit: false)),
      after: nil)
  }

  /// Sessions outlive what their users were when they logged in.
  @Test(
    arguments: [
      ("active", "active", true), ("pending", "active", false), ("disabled", "active", false),
      ("active", "pending", false), ("active", "disabled", false),
    ])
  func activeUsersOfActiveOrganizationsAreViewers(_ user: String, _ organization: String, _ isViewer: Bool) async throws
  {
    var repository = MemoryRepository(Example([]))
    repository.set(
      "orgs/acme/organization.yaml",
      """
      apiVersion: wpex.io/v1alpha1
      kind: Organization
      metadata:
        name: acme
      spec:
        displayName: Acme
        status: \(organization)

      """)
    repository.set(
      "orgs/acme/users/ida.yaml",
      """
      apiVersion: wpex.io/v1alpha1
      kind: User
      metadata:
        name: ida
      spec:
        displayName: Ida
        email: ida@acme.example
        status: \(user)
        roles: [viewer]

      """)
    let compilation = await repository.compile()
    let snapshot = StatusSnapshot(
      .init(
        model: DeclaredModel(compilation, now: 1_780_000_000), head: ("head", compilation), time: 1_780_000_000,
        installation: Installation(version: "1", hasAudit: false)),
      after: nil)
    #expect((snapshot.viewer(UserID(org: "acme", name: "ida"), method: "session") != nil) == isViewer)
  }

  private static let all = Set(Permission.allCases)

  private func sight(_ org: String?, _ permissions: Set<Permission> = all) async throws -> VisibleSnapshot {
    let user = UserID(org: org, name: "a")
    let rights =
      org == nil ? Rights(user: user, everywhere: permissions) : Rights(user: user, inOrganization: permissions)
    return VisibleSnapshot(Scope(rights), try await snapshot())
  }

  @Test func oneOrganizationSeesItsOwn() async throws {
    let sight = try await sight("acme")
    #expect(sight.organizations(.orgsRead).map(\.name) == ["acme"])
    #expect(Set(sight.relays(.relaysRead).map(\.org)) == ["acme"])
    #expect(Set(sight.keys(.relaysRead).map(\.org)) == ["acme"])
    #expect(Set(sight.users(.usersRead).map(\.id.org)) == ["acme"])
    #expect(sight.commits(.relaysRead).map(\.id) == ["c0", "c3"])
    #expect(Set(sight.diagnostics(.relaysRead).map(\.org)) == ["acme"])
    #expect(sight.organization("acme", .orgsRead) != nil && sight.organization("globex", .orgsRead) == nil)
    #expect(sight.relay("acme", "north-1", .relaysRead) != nil)
    #expect(sight.key("acme", "headquarters", .relaysRead) != nil && sight.key("globex", "office", .relaysRead) == nil)
  }

  @Test func globalViewersSeeAll() async throws {
    let sight = try await sight(nil)
    #expect(sight.organizations(.orgsRead).map(\.name) == ["acme", "globex"])
    #expect(Set(sight.users(.usersRead).map(\.id.org)) == [nil, "acme"])
    #expect(sight.commits(.relaysRead).map(\.id) == ["c0", "c1", "c2", "c3"])
    #expect(Set(sight.diagnostics(.relaysRead).map(\.org)) == [nil, "acme", "globex"])
    #expect(sight.key("globex", "office", .relaysRead) != nil)
  }

  @Test(arguments: [nil, "acme", "nowhere"])
  func nobodySeesWithoutThePermission(_ org: String?) async throws {
    let sight = try await sight(org, org == "nowhere" ? Self.all : [.metricsRead])
    #expect(sight.organizations(.orgsRead).isEmpty && sight.relays(.relaysRead).isEmpty)
    #expect(sight.keys(.relaysRead).isEmpty && sight.users(.usersRead).isEmpty)
    #expect(sight.commits(.relaysRead).isEmpty && sight.diagnostics(.relaysRead).isEmpty)
    #expect(sight.organization("acme", .orgsRead) == nil && sight.key("acme", "headquarters", .relaysRead) == nil)
    #expect(sight.relay("acme", "north-1", .relaysRead) == nil)
  }
}
