import ConfigCompiler
import RepositorySupport
import SyncEngine
import TestSupport
import Testing

/// Whatever somebody without rights beyond one organization changes, and whatever a stranger asks for, every other
/// organization's next commit is applied in full, also after a restart of the daemon.
@Suite struct IsolationTests {
  private let others = ["globex", "initech", "hooli", "umbrella"]

  enum Party: String, CaseIterable, CustomTestStringConvertible {
    case member, stranger
    var testDescription: String { rawValue }
  }

  @Test(arguments: Party.allCases, [1, 2])
  func nobodyStandsInAnothersWay(_ party: Party, _ seed: UInt64) async throws {
    try await ExternalCommand.withFolder { folder in
      let world = try RegionWorld(folder: folder)
      let clean = try await RegionWorld.sample()
      var changes = HostileChanges(clean, in: "acme", seed: seed)
      var random = SeededRandom(seed: seed)
      var accepted = try await world.pass(clean, as: "c0").compilation
      for round in 1...60 {
        let hostile = party == .member ? changes.ownChange() : changes.request()
        let bad = try await world.pass(hostile.repository, as: "bad\(round)", reusing: accepted, base: accepted)
        if Bool.random(using: &random) { await world.restart() }
        // Globex revokes a key, or lets it in again.
        let status = round.isMultiple(of: 2) ? "active" : "revoked"
        func change(_ repository: MemoryRepository) -> MemoryRepository {
          var changed = repository
          changed.edit("orgs/globex/keys/office-bari.yaml") {
            $0.replacing("status: active", with: "status: \(status)")
          }
          return changed
        }
        let after = try await world.pass(
          change(hostile.repository), as: "next\(round)", reusing: bad.compilation, base: bad.compilation)
        let truth = await change(clean).compile(now: RegionWorld.now)
        for org in others {
          #expect(
            try await world.target.digests(of: org) == RegionWorld.declared(org, in: truth),
            "\(org), after \(hostile.name)")
        }
        accepted = after.compilation
      }
    }
  }
}
