import ConfigCompiler
import RepositorySupport
import SyncEngine
import DeploymentPlanning
import TestSupport
import Testing

/// Keys that are withdrawn from a relay while its removal waits for approval.
@Suite struct WithdrawalTests {
  enum Withdrawal: CaseIterable {
    case revoked, removed, noLongerSelected, expired
  }

  private static let key = "orgs/acme/keys/warehouse-bergamo.yaml"
  private static let relay = "orgs/acme/relays/milan-1.yaml"

  private func withdraw(_ withdrawal: Withdrawal, _ repository: inout MemoryRepository) throws {
    let text = String(decoding: try #require(repository.contents[Self.key]), as: UTF8.self)
    switch withdrawal {
    case .revoked: repository.set(Self.key, text.replacing("status: active", with: "status: revoked"))
    case .removed: repository.remove(Self.key)
    case .noLongerSelected: repository.set(Self.key, text.replacing("network: warehouses", with: "network: closed"))
    case .expired:
      repository.set(Self.key, text.replacing("status: active", with: "status: active\n  expires: 2026-11-25"))
    }
  }

  /// The digests of the relay's objects on the target.
  private func live(_ world: RegionWorld) async -> [String: String] {
    await world.target.digests(of: "acme").filter { $0.key.contains("milan-1") }
  }

  /// What the relay's bundle would be if the relay were still declared.
  private func expected(_ repository: MemoryRepository, _ world: RegionWorld) async throws -> String {
    let compilation = await repository.compile(now: await world.now)
    try #require(!compilation.faults.contain("acme"))
    let digests = try RegionWorld.declared("acme", in: compilation)
    return try #require(digests.first { $0.key.hasPrefix("Secret") && $0.key.contains("milan-1") }).value
  }

  private func bundle(_ digests: [String: String]) throws -> String {
    try #require(digests.first { $0.key.hasPrefix("Secret") }).value
  }

  private func withoutRelay(_ repository: MemoryRepository) -> MemoryRepository {
    var repository = repository
    repository.remove(Self.relay)
    return repository
  }

  /// An approval by this digest lets the relay go.
  private func expectApproved(_ digest: String, _ repository: MemoryRepository, _ world: RegionWorld) async throws {
    await world.states.approve(digest)
    #expect(try await world.pass(repository, as: "c3").summary.holds.isEmpty)
    #expect(await live(world).isEmpty)
  }

  @Test(arguments: Withdrawal.allCases, [false, true])
  func aHeldRelayLosesAKey(_ withdrawal: Withdrawal, _ isLater: Bool) async throws {
    try await ExternalCommand.withFolder { folder in
      let world = try RegionWorld(folder: folder)
      var declared = try await RegionWorld.sample()
      if withdrawal == .expired { try withdraw(.expired, &declared) }
      _ = try await world.pass(declared, as: "c1")
      let before = await live(world)
      #expect(before.count > 1)

      if isLater {
        let held = try await world.pass(withoutRelay(declared), as: "c2").summary
        #expect(held.holds.map(\.org) == ["acme"])
        #expect(await live(world) == before)
        await world.restart()
      }
      if withdrawal != .expired { try withdraw(withdrawal, &declared) }
      let removed = withoutRelay(declared)
      await world.shift(days: 5)
      let held = try await world.pass(removed, as: "c3").summary
      #expect(held.holds.map(\.org) == ["acme"] && held.failures.isEmpty)
      let after = await live(world)
      #expect(try bundle(after) == (try await expected(declared, world)) && bundle(after) != bundle(before))
      // Nothing else of the relay changed, and nothing is done twice.
      #expect(after.filter { !$0.key.hasPrefix("Secret") } == before.filter { !$0.key.hasPrefix("Secret") })
      let again = try await world.pass(removed, as: "c3").summary
      #expect(again.updated == 0 && again.heldDigest == held.heldDigest)
      try await expectApproved(held.heldDigest, removed, world)
    }
  }

  /// An approval names the relay, not the keys that it had when somebody looked.
  @Test func anApprovalOutlivesAWithdrawal() async throws {
    try await ExternalCommand.withFolder { folder in
      let world = try RegionWorld(folder: folder)
      var repository = try await RegionWorld.sample()
      _ = try await world.pass(repository, as: "c1")
      repository.remove(Self.relay)
      let first = try await world.pass(repository, as: "c2").summary
      try withdraw(.revoked, &repository)
      let second = try await world.pass(repository, as: "c3").summary
      #expect(second.heldDigest == first.heldDigest && second.updated > 0)
      try await expectApproved(first.heldDigest, repository, world)
    }
  }

  /// An organization that is gone revokes nothing, as its removal may be a mistake; the date still does.
  @Test func keysOfARemovedOrganizationExpire() async throws {
    try await ExternalCommand.withFolder { folder in
      let world = try RegionWorld(folder: folder)
      var declared = try await RegionWorld.sample()
      try withdraw(.expired, &declared)
      _ = try await world.pass(declared, as: "c1")
      let before = await live(world)
      var removed = declared
      for path in removed.contents.keys.sorted() where path.hasPrefix("orgs/acme/") { removed.remove(path) }
      #expect(try await world.pass(removed, as: "c2").summary.holds.map(\.org).contains("acme"))
      #expect(await live(world) == before)
      await world.shift(days: 5)
      await world.restart()
      #expect(try await world.pass(removed, as: "c2").summary.failures.isEmpty)
      #expect(try bundle(await live(world)) == (try await expected(declared, world)))
    }
  }

  /// Without the commit that declared a relay, its bundle cannot be made: that is reported, and stops nobody.
  @Test func aCommitThatIsGoneIsReported() async throws {
    try await ExternalCommand.withFolder { folder in
      let world = try RegionWorld(folder: folder)
      var repository = try await RegionWorld.sample()
      _ = try await world.pass(repository, as: "c1")
      await world.forget("c1")
      await world.restart()
      repository.remove(Self.relay)
      try withdraw(.revoked, &repository)
      let held = try await world.pass(repository, as: "c2").summary
      #expect(held.holds.map(\.org) == ["acme"])
      #expect(held.failures.keys.sorted() == ["acme"] && held.failures["acme"]?.contains("revoked keys stay") == true)
    }
  }
}
