import AuditLog
import ConfigCompiler
import KeyBundles
import KubernetesModel
import RepositorySupport
import SyncEngine
import DeploymentPlanning
import TestSupport
import Testing

@Suite struct ReconcilerTests {
  private let orgs = ["acme", "globex", "initech", "hooli", "umbrella"]

  private func edit(_ repository: inout MemoryRepository, _ path: String, _ old: String, _ new: String) throws {
    let text = String(decoding: repository.contents[path] ?? [], as: UTF8.self)
    try #require(text.contains(old))
    repository.set(path, text.replacing(old, with: new))
  }

  /// Revokes one key of globex, which is in the region's bari-1.
  private func revoke(_ repository: inout MemoryRepository) throws {
    try edit(&repository, "orgs/globex/keys/office-bari.yaml", "status: active", "status: revoked")
  }

  /// Gives acme an identity that is sealed for another organization, which nobody sees without the platform's identity.
  private func foreignIdentity(_ repository: inout MemoryRepository) throws {
    let path = "orgs/acme/organization.yaml"
    let text = String(decoding: repository.contents[path] ?? [], as: UTF8.self)
    let start = try #require(text.firstRange(of: "-----BEGIN AGE ENCRYPTED FILE-----"))
    let end = try #require(text.firstRange(of: "-----END AGE ENCRYPTED FILE-----"))
    let sealed = try SealedValue.seal(
      "AGE-SECRET-KEY-1", for: SealedBinding.identity(ofOrganization: "another"),
      to: [try DemonstrationIdentities.identity(named: "platform").recipient])
    let lines = sealed.split(separator: "\n").joined(separator: "\n      ")
    repository.set(path, String(text[..<start.lowerBound]) + lines + text[end.upperBound...])
  }

  @Test func anIdentityThatCannotBeOpenedIsItsOrganizationsOwnFailure() async throws {
    try await ExternalCommand.withFolder { folder in
      let world = try RegionWorld(folder: folder)
      var repository = try await RegionWorld.sample()
      let first = try await world.pass(repository, as: "c1").compilation
      let acme = await world.target.digests(of: "acme")
      try foreignIdentity(&repository)
      try revoke(&repository)
      try edit(&repository, "orgs/acme/relays/milan-1.yaml", "bandwidthMbps: 1000", "bandwidthMbps: 900")
      for pass in ["c2", "c2 again"] {
        let (summary, compilation) = try await world.pass(repository, as: "c2", reusing: first)
        #expect(summary.failures.keys.sorted() == ["acme"], "\(pass)")
        #expect(await world.target.digests(of: "acme") == acme)
        for org in orgs.dropFirst() {
          #expect(try await world.target.digests(of: org) == RegionWorld.declared(org, in: compilation), "\(pass)")
        }
        // The next daemon gives every organization its identity, acme that of its last good commit.
        await world.restart()
      }
      #expect(await world.target.identities["acme"] != nil)
      #expect(try await world.actions().count { $0 == .organizationFailed } == 1)
    }
  }

  @Test(arguments: ["apply", "unavailable", "identity"])
  func aTargetThatRefusesOneOrganizationServesTheOthers(_ what: String) async throws {
    try await ExternalCommand.withFolder { folder in
      let world = try RegionWorld(folder: folder)
      var repository = try await RegionWorld.sample()
      switch what {
      case "apply": await world.target.fail(["acme"])
      case "unavailable": await world.target.fail(unavailable: ["acme"])
      default: await world.target.fail(identities: ["acme"])
      }
      _ = try await world.pass(repository, as: "c1")
      try revoke(&repository)
      let (summary, compilation) = try await world.pass(repository, as: "c2")
      #expect(summary.failures.keys.sorted() == ["acme"])
      #expect(try await world.target.digests(of: "globex") == RegionWorld.declared("globex", in: compilation))
      #expect(await world.target.identities["globex"] != nil)
      await world.target.fail()
      let healed = try await world.pass(repository, as: "c2").summary
      #expect(healed.failures.isEmpty && healed.failed == 0)
      #expect(try await world.target.digests(of: "acme") == RegionWorld.declared("acme", in: compilation))
    }
  }

  /// An organization with errors stays as it was, and what expires there leaves all the same.
  @Test func keysThatExpireLeaveAnOrganizationThatIsKept() async throws {
    try await ExternalCommand.withFolder { folder in
      let world = try RegionWorld(folder: folder)
      var repository = try await RegionWorld.sample()
      try edit(
        &repository, "orgs/globex/keys/office-bari.yaml", "status: active", "status: active\n  expires: 2026-11-24")
      let before = try await world.pass(repository, as: "c1").compilation
      #expect(!before.hasErrors)
      try edit(&repository, "orgs/globex/organization.yaml", "displayName:", "displayNaem:")
      let kept = try await world.pass(repository, as: "c2").summary
      #expect(kept.failures.isEmpty)
      let bundle = await world.target.digests(of: "globex")
      await world.shift(days: 2)
      for restarts in [false, true] {
        if restarts { await world.restart() }
        _ = try await world.pass(repository, as: "c2")
        let after = await world.target.digests(of: "globex")
        #expect(after.keys == bundle.keys)
        #expect(after.filter { bundle[$0.key] != $0.value }.keys.allSatisfy { $0.hasPrefix("Secret") })
        #expect(after != bundle)
      }
    }
  }

  @Test func driftOfAKeptOrganizationIsPutRight() async throws {
    try await ExternalCommand.withFolder { folder in
      let world = try RegionWorld(folder: folder)
      var repository = try await RegionWorld.sample()
      _ = try await world.pass(repository, as: "c1")
      try edit(&repository, "orgs/globex/organization.yaml", "displayName:", "displayNaem:")
      _ = try await world.pass(repository, as: "c2")
      _ = try await world.pass(repository, as: "c2")
      let secret = try #require(
        await world.target.objects.keys.first { $0.kind == "Secret" && $0.namespace?.hasSuffix("globex") == true })
      await world.target.remove(secret)
      #expect(try await world.drift("c2").corrections.map(\.id) == [secret])
    }
  }

  /// One object that cannot be put right is not in the way of the others.
  @Test func driftThatCannotBePutRightIsTheOrganizationsOwn() async throws {
    try await ExternalCommand.withFolder { folder in
      let world = try RegionWorld(folder: folder)
      let repository = try await RegionWorld.sample()
      _ = try await world.pass(repository, as: "c1")
      _ = try await world.pass(repository, as: "c1")
      for org in ["acme", "globex"] {
        let secret = try #require(
          await world.target.objects.values.first { $0.origin.org == org && $0.manifest.kind == "Secret" })
        await world.target.remove(ObjectID(secret.manifest))
      }
      await world.target.fail(["acme"])
      let report = try await world.drift("c1")
      #expect(report.corrections.map(\.org) == ["globex"])
      #expect(report.failures.map(\.org) == ["acme"])
    }
  }

  /// The platform's identity is replaced while the daemon runs.
  @Test func identitiesOfThePlatformAreReadAgain() async throws {
    try await ExternalCommand.withFolder { folder in
      let world = try RegionWorld(folder: folder)
      world.platform.current = [try AgeIdentity.generate()]
      let repository = try await RegionWorld.sample()
      let closed = try await world.pass(repository, as: "c1").summary
      #expect(closed.failures["acme"]?.contains("cannot be unsealed") == true)
      #expect(await world.target.digests(of: "acme").isEmpty)
      world.platform.current = [
        try AgeIdentity.generate(), try DemonstrationIdentities.identity(named: "platform"),
      ]
      let open = try await world.pass(repository, as: "c1").summary
      #expect(open.failures.isEmpty && open.created > 0)
      // A file that cannot be read for a moment changes nothing.
      world.platform.current = nil
      #expect(try await world.pass(repository, as: "c1").summary.failures.isEmpty)
    }
  }

  // MARK: - Holds

  /// An organization that is renamed: its new relays want the ports that the old ones have until somebody approves.
  @Test func newRelaysWaitForPortsThatAreHeld() async throws {
    try await ExternalCommand.withFolder { folder in
      let world = try RegionWorld(folder: folder)
      var repository = try await RegionWorld.sample()
      _ = try await world.pass(repository, as: "c1")
      for path in repository.contents.keys.sorted() where path.hasPrefix("orgs/acme/") {
        var text = String(decoding: repository.contents[path] ?? [], as: UTF8.self)
        // It was sealed for the old name.
        if let sealed = text.firstRange(of: "    sealedIdentity: |"),
          let end = text.firstRange(of: "-----END AGE ENCRYPTED FILE-----\n")
        {
          text.removeSubrange(sealed.lowerBound..<end.upperBound)
        }
        repository.remove(path)
        repository.set(path.replacing("orgs/acme/", with: "orgs/renamed/"), text.replacing("acme", with: "renamed"))
      }
      let held = try await world.pass(repository, as: "c2").summary
      #expect(held.holds.map(\.org).contains("acme"))
      let reason = try #require(held.failures["renamed"])
      #expect(reason.contains("waits for port") && reason.contains("which acme/") && reason.contains(held.heldDigest))
      #expect(await world.target.digests(of: "renamed").keys.allSatisfy { !$0.contains("milan") })
      await world.states.approve(held.heldDigest)
      let done = try await world.pass(repository, as: "c2").summary
      #expect(done.failures.isEmpty && done.deleted > 0)
      let names = await world.target.digests(of: "renamed").keys
      #expect(names.contains { $0.hasPrefix("Deployment") && $0.contains("milan") })
    }
  }

  @Test func anApprovalIsSpentOnceWhateverFails() async throws {
    try await ExternalCommand.withFolder { folder in
      let world = try RegionWorld(folder: folder)
      let whole = try await RegionWorld.sample()
      _ = try await world.pass(whole, as: "c1")
      var repository = whole
      repository.remove("orgs/acme/relays/milan-1.yaml")
      let held = try await world.pass(repository, as: "c2").summary
      #expect(held.holds.map(\.org) == ["acme"] && held.heldDigest.count == 16)
      await world.states.approve(held.heldDigest)
      // The approved pass fails in part: what it allowed stays allowed, and nothing else does.
      await world.target.fail(["acme"])
      let failing = try await world.pass(repository, as: "c2").summary
      #expect(failing.holds.isEmpty && failing.failed > 0)
      #expect(await world.states.spent == [held.heldDigest])
      await world.restart()
      await world.target.fail()
      let done = try await world.pass(repository, as: "c2").summary
      #expect(done.deleted > 0 && done.holds.isEmpty)
      // Declared and removed again, it needs another approval.
      _ = try await world.pass(whole, as: "c3")
      let again = try await world.pass(repository, as: "c4").summary
      #expect(again.holds.map(\.org) == ["acme"] && again.heldDigest == held.heldDigest)
      let actions = try await world.actions()
      #expect(actions.count { $0 == .heldForApproval } == 2 && actions.count { $0 == .holdApproved } == 1)
    }
  }

  /// What an approval allowed and could not be done is declared again: removing it once more needs another approval.
  @Test func aGrantEndsWithTheDeclaration() async throws {
    try await ExternalCommand.withFolder { folder in
      let world = try RegionWorld(folder: folder)
      let whole = try await RegionWorld.sample()
      _ = try await world.pass(whole, as: "c1")
      var repository = whole
      repository.remove("orgs/acme/relays/milan-1.yaml")
      await world.states.approve(try await world.pass(repository, as: "c2").summary.heldDigest)
      await world.target.fail(["acme"])
      #expect(try await world.pass(repository, as: "c2").summary.failed > 0)
      await world.target.fail()
      // Nothing was deleted, and so nothing is to be done for what is declared now.
      #expect(try await world.pass(whole, as: "c3").summary.deleted == 0)
      await world.restart()
      let again = try await world.pass(repository, as: "c4").summary
      #expect(again.holds.map(\.org) == ["acme"] && again.deleted == 0)
    }
  }

  /// Deletions wait, and so does what would take their place; a key that is revoked does not.
  @Test func aHoldNeverKeepsARevokedKey() async throws {
    try await ExternalCommand.withFolder { folder in
      let world = try RegionWorld(folder: folder)
      var repository = try await RegionWorld.sample()
      _ = try await world.pass(repository, as: "c1")
      await world.target.forgetLog()
      repository.remove("orgs/acme/relays/milan-1.yaml")
      try edit(&repository, "orgs/acme/relays/milan-guests.yaml", "bandwidthMbps: 50", "port: 30105")
      try edit(&repository, "orgs/acme/relays/milan-guests.yaml", "  port: 30102\n", "")
      try edit(
        &repository, "orgs/acme/keys/guests.yaml", "alias: Auditors of the yearly report\n  status: active",
        "alias: Auditors of the yearly report\n  status: revoked")
      let (summary, compilation) = try await world.pass(repository, as: "c2")
      #expect(!compilation.faults.contain("acme") && summary.holds.map(\.org) == ["acme"])
      #expect(await Set(world.target.log.map(\.kind)) == ["Secret"])
      let declared = try RegionWorld.declared("acme", in: compilation)
      let secret = try #require(declared.keys.first { $0.hasPrefix("Secret") && $0.contains("milan-guests") })
      #expect(await world.target.digests(of: "acme")[secret] == declared[secret])
    }
  }
}
