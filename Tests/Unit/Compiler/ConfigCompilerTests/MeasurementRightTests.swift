import ConfigCompiler
import ConfigModel
import RepositorySupport
import Testing

/// Who may have a relay measure: nobody but those who hold `diagnostics:run` in its organization.
@Suite struct MeasurementRightTests {
  private static func user(_ name: String, _ roles: String, status: String = "active", token: String = "") -> String {
    """
    apiVersion: wpex.io/v1alpha1
    kind: User
    metadata:
      name: \(name)
    spec:
      displayName: \(name)
      email: \(name)@example.org
      status: \(status)
      roles: [\(roles)]
    \(token)
    """
  }

  private func compile() async throws -> Compilation {
    var repository = try await SampleRepository.load()
    for (path, text) in [
      ("users/m-admin.yaml", Self.user("m-admin", "admin")),
      ("users/m-executive.yaml", Self.user("m-executive", "executive")),
      ("orgs/acme/users/m-engineer.yaml", Self.user("m-engineer", "engineer")),
      ("orgs/acme/users/m-viewer.yaml", Self.user("m-viewer", "viewer")),
      ("orgs/acme/users/m-disabled.yaml", Self.user("m-disabled", "engineer", status: "disabled")),
      ("orgs/acme/users/m-pending.yaml", Self.user("m-pending", "engineer", status: "pending")),
      ("orgs/acme/users/m-none.yaml", Self.user("m-none", "")),
    ] { repository.set(path, text) }
    return await repository.compile(now: SampleRepository.now)
  }

  private static let unknown = MeasurementRight.unknownRelay(meant: nil)

  @Test(arguments: [
    (UserID(org: nil, name: "m-admin"), MeasurementRight.granted, MeasurementRight.granted),
    (UserID(org: nil, name: "m-executive"), .lacksPermission, .lacksPermission),
    (UserID(org: "acme", name: "m-engineer"), .granted, unknown),
    (UserID(org: "acme", name: "m-viewer"), .lacksPermission, unknown),
    (UserID(org: "acme", name: "m-disabled"), unknown, unknown),
    (UserID(org: "acme", name: "m-pending"), unknown, unknown),
    (UserID(org: "acme", name: "m-none"), unknown, unknown), (UserID(org: "acme", name: "nobody"), unknown, unknown),
    (UserID(org: nil, name: "m-engineer"), unknown, unknown),
  ])
  func permissionsDecide(_ user: UserID, _ own: MeasurementRight, _ foreign: MeasurementRight) async throws {
    let compilation = try await compile()
    let rights = compilation.rights(of: user)
    #expect(compilation.measurementRight(of: rights, at: "acme", "milan-1") == own)
    #expect(compilation.measurementRight(of: rights, at: "globex", "oslo-1") == foreign)
    // What is foreign answers as what does not exist.
    #expect(compilation.measurementRight(of: rights, at: "nobody", "oslo-1") == Self.unknown)
  }

  @Test func slipsAreUnderstoodWithinReachOnly() async throws {
    let compilation = try await compile()
    let engineer = compilation.rights(of: UserID(org: "acme", name: "m-engineer"))
    let admin = compilation.rights(of: UserID(org: nil, name: "m-admin"))
    #expect(compilation.measurementRight(of: engineer, at: "acme", "milna-1") == .unknownRelay(meant: "acme/milan-1"))
    #expect(compilation.measurementRight(of: engineer, at: "globex", "olso-1") == Self.unknown)
    #expect(compilation.measurementRight(of: admin, at: "globex", "olso-1") == .unknownRelay(meant: "globex/oslo-1"))
  }

  @Test func tokensBelongToWhoDeclaresThem() async throws {
    var repository = try await SampleRepository.load()
    let digest = String(repeating: "ab", count: 32)
    let token = "  access:\n    tokens:\n      - name: test\n        sha256: \(digest)\n        expires: 2026-12-31\n"
    repository.set("orgs/acme/users/m-engineer.yaml", Self.user("m-engineer", "engineer", token: token))
    let tokens = await repository.compile(now: SampleRepository.now).tokens
    let owner = try #require(tokens[digest])
    #expect(owner.user == UserID(org: "acme", name: "m-engineer"))
    let days = try ["2026-12-31", "2027-01-01"].map { try #require(CivilDate($0)) }
    #expect(days.map { owner.isGood(on: $0) } == [true, false])
  }
}
