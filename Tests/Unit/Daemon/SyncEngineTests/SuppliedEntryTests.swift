import ConfigCompiler
import ConfigModel
import Diagnostics
import FoundationEssentials
import KeyBundles
import RepositorySupport
import TextFormats
import Testing

@testable import SyncEngine

/// What rendered manifests lack, and whether a cluster has it.
@Suite struct SuppliedEntryTests {
  private func compilation(_ edits: [(path: String, old: String, new: String)] = []) async throws -> Compilation {
    var repository = MemoryRepository(Example([]))
    for (path, old, new) in edits {
      let text = String(decoding: try #require(repository.contents[path]), as: UTF8.self)
      try #require(text.contains(old), "\(path) has no \(old)")
      repository.set(path, text.replacing(old, with: new))
    }
    let compilation = await repository.compile()
    try #require(!compilation.hasErrors, "\(compilation.text)")
    return compilation
  }

  private func texts(_ entries: [SuppliedEntry]) -> [String] {
    entries.map { "\($0.region) \($0.namespace)/\($0.secret) \($0.entry)" }
  }

  @Test func relaysNeedAnIdentityAndAKey() async throws {
    let entries = SuppliedEntry.all(in: try await compilation())
    #expect(
      texts(entries) == [
        "eu-north wpex-acme/wpex-identity identity.txt", "eu-north wpex-acme/north-1-keys cluster.key",
        "eu-north wpex-acme/north-1-keys config.json",
      ])
    #expect(entries.map(\.isRequired) == [true, true, false])
    // A token that only a daemon adds has no command.
    #expect(entries.map { $0.command == nil } == [false, false, true])
    #expect(SuppliedEntry.all(in: try await compilation(), regions: ["eu-south"]).isEmpty)
  }

  @Test func withoutClustersNoRelayNeedsAKey() async throws {
    let entries = SuppliedEntry.all(
      in: try await compilation([("platform.yaml", "  relay:\n", "  relay:\n    cluster: false\n")]))
    #expect(entries.map(\.entry) == ["identity.txt", "config.json"])
  }

  @Test func regionsShareAKey() async throws {
    let entries = SuppliedEntry.all(
      in: try await compilation([
        (
          "orgs/acme/relays/north-1.yaml", "  region: eu-north\n",
          "  regions: [eu-north, eu-south]\n  clusterPort: 30102\n"
        ),
        ("platform.yaml", "31000-31999", "30000-31999"),
        ("orgs/acme/organization.yaml", "[eu-north]", "[eu-north, eu-south]"),
      ])
    ).filter { $0.entry == "cluster.key" }
    #expect(entries.map(\.region) == ["eu-north", "eu-south"])
    #expect(entries.allSatisfy { $0.command?.contains("acme-north-1.cluster-key") == true })
    let key = ClusterKey.make()
    #expect(entries.first?.sharedKey(in: secret("cluster.key", key)) == key)
    #expect(entries.first?.sharedKey(in: nil) == nil)
  }

  private func secret(_ name: String, _ text: String) -> JSON {
    ["data": .object([name: .string(Data(text.utf8).base64EncodedString())])]
  }

  private func entry(_ content: SuppliedEntry.Content, _ name: String) -> SuppliedEntry {
    SuppliedEntry(
      content: content, region: "eu", namespace: "n", secret: "s", entry: name, org: "acme", relay: "north-1")
  }

  @Test func identityIsTheDeclaredOne() throws {
    let own = try AgeIdentity.generate()
    let other = try AgeIdentity.generate()
    let entry = entry(.identity(recipient: own.recipient.text), "identity.txt")
    #expect(entry.state(in: nil) == .missing && entry.state(in: ["data": [:]]) == .missing)
    #expect(entry.state(in: secret("identity.txt", own.text)) == .present)
    #expect(entry.state(in: secret("identity.txt", "# a\n\(other.text)\n\(own.text)\n")) == .present)
    for wrong in [other.text, "no identity", ""] {
      let state = entry.state(in: secret("identity.txt", wrong))
      guard case .unusable(let reason) = state else {
        Issue.record("\(state)")
        continue
      }
      #expect(!reason.contains("AGE-SECRET-KEY"))
    }
  }

  @Test func keysHaveTheirForm() {
    let entry = entry(.clusterKey(regions: ["eu"]), "cluster.key")
    #expect(entry.state(in: secret("cluster.key", "\(ClusterKey.make())\n")) == .present)
    #expect(entry.state(in: secret("cluster.key", "short")) == .unusable("it is not 32 bytes in base64"))
    #expect(entry.state(in: secret("other", ClusterKey.make())) == .missing)
    // Only what regions share is compared.
    #expect(entry.sharedKey(in: secret("cluster.key", ClusterKey.make())) == nil)
    let token = self.entry(.token, "config.json")
    #expect(token.state(in: secret("config.json", "{}")) == .missing)
    #expect(token.state(in: secret("config.json", "{\"token\": \"\(RelayToken.make())\"}")) == .present)
  }
}
