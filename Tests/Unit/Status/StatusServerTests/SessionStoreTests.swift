import ConfigCompiler
import ConfigModel
import StatusAuthentication
import StatusModel
import Synchronization
import Testing

@testable import StatusServer

@Suite struct SessionStoreTests {
  private let tokens = DeclaredTokens(now: { World.now })
  private let identities = DeclaredIdentities()
  private let token = "a token of somebody"
  private var digest: String { DeclaredTokens.digest(of: token) ?? "" }

  private func store(_ change: (inout SessionStore.Options) -> Void = { _ in }) -> SessionStore {
    var options = SessionStore.Options()
    change(&options)
    return SessionStore(
      isSecure: false, port: 1, tokens: tokens, identities: identities, options: options, now: { World.now })
  }

  private func isIn(_ value: String, _ store: SessionStore, _ world: World, from address: String = "192.0.2.1") async
    -> Bool
  {
    let request = AccessRequest(cookies: [store.cookie: value], address: IPAddress(address))
    if case .viewer = await store.decide(request, world.snapshot) { return true }
    return false
  }

  private func open(_ user: String, _ proof: SessionStore.Proof, _ store: SessionStore, _ world: World) throws -> String
  {
    let parts = user.split(separator: "/").map(String.init)
    let id = UserID(org: parts.count == 2 ? parts[0] : nil, name: parts.last ?? "")
    let viewer = try #require(world.snapshot.viewer(id, method: "oidc"))
    return try #require(store.open(viewer, by: proof)).value
  }

  /// What a commit may do to somebody who is logged in.
  enum Change: String, CaseIterable, Sendable {
    case identityRemoved, identityMovedToAnother, identityOfTwo, userRemoved, userDisabled, userPending,
      organizationDisabled

    case nothing, otherIdentityAdded, tokenRemoved, rolesChanged, claimedByOneWhoIsPending
    case claimedInAnOrganizationThatIsPending, claimedByOneWhoIsDisabled

    var endsIt: Bool {
      switch self {
      case .identityRemoved, .identityMovedToAnother, .identityOfTwo, .userRemoved, .userDisabled, .userPending,
        .organizationDisabled:
        true
      case .nothing, .otherIdentityAdded, .tokenRemoved, .rolesChanged, .claimedByOneWhoIsPending,
        .claimedInAnOrganizationThatIsPending, .claimedByOneWhoIsDisabled:
        false
      }
    }
  }

  @Test(arguments: Change.allCases) func anIdentityThatIsTakenAwayEndsItsSessions(_ change: Change) async throws {
    var world = World()
    var account = World.Account(subjects: ["1001"], digests: [digest])
    world.declare("acme/anna", account)
    await world.commit()
    let store = store()
    let value = try open("acme/anna", .identity(Identity(issuer: World.issuer, subject: "1001")), store, world)
    #expect(await isIn(value, store, world))
    let before = account
    switch change {
    case .identityRemoved: account.subjects = []
    case .identityMovedToAnother:
      account.subjects = ["2002"]
      world.declare("acme/bert", World.Account(subjects: ["1001"]))
    case .identityOfTwo: world.declare("root-2", World.Account(roles: "admin", subjects: ["1001"]))
    case .userRemoved: break
    case .userDisabled: account.status = "disabled"
    case .userPending: account.status = "pending"
    case .organizationDisabled: world.set("orgs/acme/organization.yaml", Self.organization("acme", "disabled"))
    case .nothing: break
    case .otherIdentityAdded: account.subjects = ["1001", "3003"]
    case .tokenRemoved: account.digests = []
    case .rolesChanged: account.roles = "engineer"
    case .claimedByOneWhoIsPending:
      world.declare("acme/zed", World.Account(status: "pending", subjects: ["1001"]))
      world.declare("zed", World.Account(status: "pending", subjects: ["1001"]))
    case .claimedInAnOrganizationThatIsPending:
      world.set("orgs/zzz/organization.yaml", Self.organization("zzz", "pending"))
      world.declare("zzz/zed", World.Account(subjects: ["1001"]))
    case .claimedByOneWhoIsDisabled: world.declare("globex/zed", World.Account(status: "disabled", subjects: ["1001"]))
    }
    world.declare("acme/anna", change == .userRemoved ? nil : account)
    await world.commit()
    #expect(await isIn(value, store, world) == !change.endsIt)
    // The commit that gives it back does not bring the session back.
    world.declare("acme/anna", before)
    if change == .identityMovedToAnother { world.declare("acme/bert", nil) }
    if change == .identityOfTwo { world.declare("root-2", nil) }
    if change == .organizationDisabled { world.set("orgs/acme/organization.yaml", Self.organization("acme", "active")) }
    await world.commit()
    #expect(await isIn(value, store, world) == !change.endsIt)
  }

  private static func organization(_ name: String, _ status: String) -> String {
    """
    apiVersion: wpex.io/v1alpha1
    kind: Organization
    metadata:
      name: \(name)
    spec:
      displayName: Somebody
      status: \(status)
      allowedRegions: [eu-north]
      portRange: \(name == "acme" ? "30100-30199" : "30900-30909")

    """
  }

  @Test func aTokenThatIsTakenAwayEndsItsSessions() async throws {
    var world = World()
    world.declare("acme/anna", World.Account(subjects: ["1001"], digests: [digest]))
    await world.commit()
    let store = store()
    let value = try open("acme/anna", .token(digest), store, world)
    #expect(await isIn(value, store, world))
    world.declare("acme/anna", World.Account(subjects: ["1001"]))
    await world.commit()
    #expect(await !isIn(value, store, world))
  }

  @Test func whoComesFromElsewhereIsNotLoggedOut() async throws {
    var world = World()
    world.set(
      "users/anna.yaml",
      """
      apiVersion: wpex.io/v1alpha1
      kind: User
      metadata:
        name: anna
      spec:
        displayName: Anna
        email: anna@example.org
        status: active
        roles: [admin]
        identities:
          oidc:
            - issuer: \(World.issuer)
              subject: "1001"
        access:
          ipAllowlist: [192.0.2.0/24]

      """)
    await world.commit()
    let store = store()
    let value = try open("anna", .identity(Identity(issuer: World.issuer, subject: "1001")), store, world)
    #expect(await isIn(value, store, world))
    #expect(await !isIn(value, store, world, from: "198.51.100.1"))
    #expect(await isIn(value, store, world))
  }

  @Test func manySessionsOfOneDisplaceNobodyElses() async throws {
    var world = World()
    world.declare("acme/anna", World.Account(subjects: ["1001"]))
    world.declare("globex/zed", World.Account(subjects: ["2002"]))
    world.declare("globex/zoe", World.Account(subjects: ["3003"]))
    await world.commit()
    let store = store {
      $0.maxCount = 100
      $0.maxOfUser = 64
    }
    let value = try open("acme/anna", .identity(Identity(issuer: World.issuer, subject: "1001")), store, world)
    let first = try open("globex/zed", .identity(Identity(issuer: World.issuer, subject: "2002")), store, world)
    for _ in 0..<500 {
      _ = try open("globex/zed", .identity(Identity(issuer: World.issuer, subject: "2002")), store, world)
      _ = try open("globex/zoe", .identity(Identity(issuer: World.issuer, subject: "3003")), store, world)
    }
    #expect(await isIn(value, store, world))
    #expect(await !isIn(first, store, world))
  }
}
