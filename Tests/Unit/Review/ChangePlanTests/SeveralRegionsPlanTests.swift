import ChangePlan
import ChangeSet
import ConfigCompiler
import RepositorySupport
import Testing

/// What a plan says of relays that gain or lose a region.
@Suite struct SeveralRegionsPlanTests {
  private static let path = "orgs/acme/relays/milan-1.yaml"
  private static let present = "  region: eu-south\n  port: 30101\n"
  private static let one = "  region: eu-south\n  port: 30150\n"
  private static let two = "  regions: [eu-south, eu-north]\n  port: 30150\n  clusterPort: 30190\n"

  private func repository(_ fields: String) async throws -> MemoryRepository {
    var repository = try await Planned.sample()
    try repository.edit(Self.path, Self.present, fields)
    let compilation = await Planned.revision(repository).compilation
    try #require(!compilation.hasErrors, "\(compilation.text)")
    return repository
  }

  private func plan(_ before: String, _ after: String) async throws -> ChangePlan {
    try await Planned.plan(repository(before), repository(after))
  }

  private func effects(_ plan: ChangePlan) -> [String: RelayChange.Effect] {
    Dictionary(plan.relays.filter { $0.relay == "milan-1" }.map { ($0.region, $0.effect) }) { first, _ in first }
  }

  @Test func regionJoins() async throws {
    let plan = try await plan(Self.one, Self.two)
    #expect(effects(plan) == ["eu-south": .restarts, "eu-north": .joins])
    // Peers may keep the endpoint that they have.
    #expect(plan.endpoints.isEmpty)
  }

  @Test func regionLeaves() async throws {
    let plan = try await plan(Self.two, Self.one)
    #expect(effects(plan) == ["eu-south": .restarts, "eu-north": .leaves])
    let change = try #require(plan.endpoints.first)
    #expect(plan.endpoints.count == 1 && change.old == "relay.eu-north.nordsud.example:30150")
    #expect(change.new == "relay.eu-south.nordsud.example:30150" && !change.peers.isEmpty)
    // The relay is protected in every region.
    #expect(plan.relays.contains { $0.relay == "milan-1" && $0.region == "eu-north" && $0.isHeld })
  }

  @Test func portChangesInEveryRegion() async throws {
    let plan = try await plan(Self.two, Self.two.replacing("port: 30150", with: "port: 30151"))
    #expect(effects(plan) == ["eu-south": .restarts, "eu-north": .restarts])
    #expect(
      plan.endpoints.map(\.new) == [
        "relay.eu-south.nordsud.example:30151", "relay.eu-north.nordsud.example:30151",
      ])
  }

  @Test func relayMovesAsBefore() async throws {
    let plan = try await plan(Self.one, Self.one.replacing("eu-south", with: "eu-north"))
    #expect(effects(plan) == ["eu-north": .moves])
    #expect(plan.endpoints.map(\.new) == ["relay.eu-north.nordsud.example:30150"])
  }
}
