import ConfigCompiler
import ConfigModel
import Diagnostics
import FleetMonitoring
import RepositorySupport
import Testing

@testable import StatusModel

/// What is shown of organizations that do not follow the newest commit.
@Suite struct RunningCommitsTests {
  private let region = "eu-north"
  private let relay = "orgs/acme/relays/north-1.yaml"

  /// The catalogue's base, and what a change makes of it.
  private func commits(
    _ change: (inout MemoryRepository) -> Void
  ) async -> (old: RunningCommits.Commit, new: RunningCommits.Commit) {
    var repository = MemoryRepository(Example([]))
    let old = await repository.compile()
    change(&repository)
    return (
      RunningCommits.Commit(id: "old", compilation: old),
      RunningCommits.Commit(id: "new", compilation: await repository.compile())
    )
  }

  private func model(_ new: RunningCommits.Commit, _ region: RunningCommits.Region, held: Set<String> = [])
    -> DeclaredModel
  {
    DeclaredModel(
      new.compilation, running: RunningCommits(regions: [self.region: region], held: held), now: 1_780_000_000)
  }

  @Test func aRelayWhoseRemovalIsHeldIsShown() async throws {
    let (old, new) = await commits { $0.remove(relay) }
    let model = model(new, .init(applied: new, staying: ["acme": old]), held: ["acme"])
    let shown = try #require(model.relays.first { $0.name == "north-1" })
    #expect(shown.staying == Staying(reason: .removalHeld, commit: "old"))
    #expect(model.keys.first { $0.name == "headquarters" }?.relays.contains("north-1") == true)
    #expect(model.expectation().relays.contains { $0.relay == shown.id && $0.isRunning })
    // Without a hold it is gone.
    #expect(self.model(new, .init(applied: new)).relays.allSatisfy { $0.name != "north-1" })
  }

  @Test func keysOfARelayThatIsHeldFollow() async throws {
    let (old, new) = await commits { repository in
      repository.edit(relay) { $0.replacing("port: 30101", with: "port: 30103") }
      repository.edit("orgs/acme/keys/headquarters.yaml") {
        $0.replacing("publicKey:", with: "status: revoked\n  publicKey:")
      }
    }
    let shown = try #require(
      model(new, .init(applied: new, staying: ["acme": old]), held: ["acme"]).relays.first { $0.name == "north-1" })
    #expect(shown.staying?.reason == .changeHeld)
    var expected = try #require(old.compilation.unit(named: "acme")?.relays.first { $0.name == "north-1" }?.spec)
    // The only relay has all of the organization's bandwidth.
    expected.bandwidthMbps = 100
    #expect(shown.spec == expected)
    #expect(!shown.activeKeys.contains("headquarters") && shown.keys.contains("headquarters"))
  }

  @Test func anOrganizationThatIsKeptIsWhatItWas() async throws {
    let (old, new) = await commits { repository in
      repository.edit(relay) { $0.replacing("port:", with: "prot:") }
      repository.remove("orgs/acme/keys/headquarters.yaml")
    }
    let model = model(new, .init(applied: new, staying: ["acme": old]))
    let shown = try #require(model.relays.first { $0.name == "north-1" })
    #expect(shown.staying == Staying(reason: .kept, commit: "old"))
    #expect(model.keys.contains { $0.id == "acme/headquarters" })
    #expect(model.organization(named: "globex")?.relays.allSatisfy { $0.staying == nil } == true)
  }

  /// The daemon has not come to the newest commit in a region, or fails there.
  @Test func aRegionShowsTheCommitThatItHas() async {
    let (old, new) = await commits { $0.remove(relay) }
    let model = model(new, .init(applied: old))
    #expect(model.relays.first { $0.name == "north-1" }.map { $0.staying == nil } == true)
  }

  @Test func anOrganizationThatLeftIsShownWhileItRuns() async throws {
    let (old, new) = await commits { repository in
      for entry in repository.entries where entry.path.hasPrefix("orgs/acme/") { repository.remove(entry.path) }
    }
    let model = model(new, .init(applied: new, staying: ["acme": old]), held: ["acme"])
    #expect(model.organizations.map(\.name) == ["acme", "globex"])
    #expect(model.relays.contains { $0.name == "north-1" && $0.staying?.reason == .removalHeld })
    // Nobody of it gets in any more.
    #expect(model.users.allSatisfy { $0.id.org != "acme" })
    #expect(self.model(new, .init(applied: new)).organizations.map(\.name) == ["globex"])
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let organizations: Set<String>
    var touchesPlatform = false
    var progress = CommitRecord.Progress.everywhere
    var staying: [String: CommitRecord.Wait] = [:]
    var reach = Scope.Reach.everywhere
    let state: CommitRecord.State

    var testDescription: String { "\(organizations.sorted()) \(staying) is \(state)" }
  }

  @Test(arguments: [
    Case(organizations: ["a"], state: .applied),
    Case(organizations: [], touchesPlatform: true, state: .applied),
    Case(organizations: ["a"], progress: .nowhere, state: .pending),
    Case(organizations: ["a"], progress: .refused, staying: ["a": .held], state: .refused),
    Case(organizations: ["a"], progress: .somewhere, state: .partlyApplied),
    Case(organizations: ["a"], staying: ["a": .held], state: .held),
    Case(organizations: ["a"], staying: ["a": .kept], state: .keptBack),
    Case(organizations: ["a", "b"], staying: ["a": .held, "b": .kept], state: .keptBack),
    Case(organizations: ["a", "b"], staying: ["a": .kept], state: .partlyApplied),
    Case(organizations: ["a"], touchesPlatform: true, staying: ["a": .held], state: .partlyApplied),
    // Of what others wait for, nobody is told.
    Case(organizations: ["a", "b"], staying: ["a": .kept], reach: .organization("b"), state: .applied),
    Case(organizations: ["a", "b"], staying: ["a": .kept], reach: .organization("a"), state: .keptBack),
  ])
  func aCommitHasOneWord(_ given: Case) {
    let record = CommitRecord(
      place: 0, id: "c", time: 0, author: "A", summary: "S", organizations: given.organizations,
      touchesPlatform: given.touchesPlatform, progress: given.progress, staying: given.staying)
    #expect(record.state(within: given.reach) == given.state)
  }
}
