import ConfigCompiler
import DeploymentPlanning
import KeyBundles
import KubernetesModel
import RepositorySupport
import SyncEngine
import TestSupport
import Testing

/// Keys that sign what relays use: which one a pass takes, and what becomes of a platform whose key is not at hand.
@Suite struct SigningTests {
  private static let platform = "platform.yaml"

  private func declaring(_ keys: [SigningKey], _ repository: MemoryRepository) throws -> MemoryRepository {
    var repository = repository
    let text = String(decoding: try #require(repository.contents[Self.platform]), as: UTF8.self)
    let begin = try #require(text.firstRange(of: "  declarationKeys: ["))
    let end = try #require(text[begin.upperBound...].firstRange(of: "]\n"))
    let list = keys.map(\.publicText).joined(separator: ", ")
    repository.set(
      Self.platform, text.replacingCharacters(begin.upperBound..<end.lowerBound, list))
    return repository
  }

  private func secrets(_ world: RegionWorld) async -> [RenderedObject] {
    await world.target.objects.values.filter { $0.manifest.kind == "Secret" && $0.origin.org == "acme" }
  }

  private func demonstration() throws -> SigningKey {
    try DemonstrationIdentities.identity(named: "platform").declarationKey()
  }

  @Test func everySecretIsSignedByThePlatform() async throws {
    try await ExternalCommand.withFolder { folder in
      let world = try RegionWorld(folder: folder)
      _ = try await world.pass(try await RegionWorld.sample(), as: "c1")
      let key = try demonstration()
      let secrets = await secrets(world)
      #expect(!secrets.isEmpty && secrets.allSatisfy { $0.signer?.key == key })
      let others = await world.target.objects.values.filter { $0.manifest.kind != "Secret" }
      #expect(!others.isEmpty && others.allSatisfy { $0.signer == nil })
    }
  }

  /// A rotation: a second identity, whose key is declared behind the first, and then alone.
  @Test func aKeyIsReplacedInTwoSteps() async throws {
    try await ExternalCommand.withFolder { folder in
      let world = try RegionWorld(folder: folder)
      let repository = try await RegionWorld.sample()
      _ = try await world.pass(repository, as: "c1")
      let (old, new) = (try demonstration(), try AgeIdentity.generate())
      world.platform.current = [try DemonstrationIdentities.identity(named: "platform"), new]
      let both = [old, try new.declarationKey()]
      await world.target.forgetLog()
      #expect(try await world.pass(declaring(both, repository), as: "c2").summary.failures.isEmpty)
      #expect(await secrets(world).allSatisfy { $0.signer?.key == old && $0.signer?.verifiers.count == 2 })
      // Relays get the new key as an argument.
      #expect(await world.target.log.contains { $0.kind == "Deployment" })
      _ = try await world.pass(declaring([both[1]], repository), as: "c3")
      #expect(await secrets(world).allSatisfy { $0.signer?.key == both[1] })
    }
  }

  /// A declared key that the daemon lacks: nothing is changed, and the reason names the field.
  @Test func withoutAKeyNothingIsApplied() async throws {
    try await ExternalCommand.withFolder { folder in
      let world = try RegionWorld(folder: folder)
      let repository = try await RegionWorld.sample()
      _ = try await world.pass(repository, as: "c1")
      let before = await world.target.digests(of: "acme")
      var foreign = try declaring([.generate()], repository)
      foreign.remove("orgs/acme/keys/warehouse-bergamo.yaml")
      let failed = try await world.pass(foreign, as: "c2").summary
      #expect(failed.failures["acme"]?.contains("`declarationKeys` in platform.yaml") == true)
      #expect(await world.target.digests(of: "acme") == before)
      // After a restart too, although the last good commit is of before.
      await world.restart()
      #expect(try await world.pass(foreign, as: "c2").summary.failures["acme"] != nil)
      #expect(await world.target.digests(of: "acme") == before)
      #expect(try await world.pass(repository, as: "c3").summary.failures.isEmpty)
    }
  }

  /// A held relay's keys are withdrawn with a signature that it accepts: one of the commit that declared it.
  @Test func withdrawalsAreSigned() async throws {
    try await ExternalCommand.withFolder { folder in
      let world = try RegionWorld(folder: folder)
      var repository = try await RegionWorld.sample()
      _ = try await world.pass(repository, as: "c1")
      repository.remove("orgs/acme/relays/milan-1.yaml")
      repository.remove("orgs/acme/keys/warehouse-bergamo.yaml")
      await world.target.forgetLog()
      #expect(try await !world.pass(repository, as: "c2").summary.holds.isEmpty)
      let id = try #require(await world.target.log.first { $0.kind == "Secret" && $0.name == "milan-1-keys" })
      let key = try demonstration()
      #expect(await world.target.objects[id]?.signer?.key == key)
    }
  }
}

extension String {
  fileprivate func replacingCharacters(_ range: Range<String.Index>, _ text: String) -> String {
    self[..<range.lowerBound] + text + self[range.upperBound...]
  }
}
