@testable import ConfigCompiler
import ConfigModel
import Diagnostics
import KubernetesModel
import RepositorySupport
import TextFormats
import Testing

/// The number of a relay's pods: as many as declared, or one if relays form no clusters.
@Suite struct SeveralPodsTests {
  private func compile(relay: String, platform: String = "", cluster: String = "") async throws -> Compilation {
    var repository = MemoryRepository(Example([]))
    let path = "orgs/acme/relays/north-1.yaml"
    let text = String(decoding: try #require(repository.contents[path]), as: UTF8.self)
    repository.set(path, text.replacing("  port: 30101\n", with: "  port: 30101\n\(relay)"))
    let platformText = String(decoding: try #require(repository.contents["platform.yaml"]), as: UTF8.self)
    repository.set(
      "platform.yaml", platformText.replacing("  relay:\n", with: "  relay:\n\(cluster)") + platform)
    return await repository.compile()
  }

  private static let none = "    cluster: false\n"

  @Test(arguments: ["", "  replicas: 1\n", "  state: stopped\n  replicas: 1\n"])
  func oneIsCleanWithoutClusters(_ relay: String) async throws {
    let compilation = try await compile(
      relay: relay, platform: "  defaults:\n    replicas: 1\n", cluster: Self.none)
    #expect(compilation.diagnostics.isEmpty, "\(compilation.text)")
  }

  @Test(arguments: ["", "    cluster: true\n"]) func severalAreCleanWithClusters(_ cluster: String) async throws {
    let compilation = try await compile(
      relay: "  replicas: 10\n", platform: "  defaults: { replicas: 2 }\n", cluster: cluster)
    #expect(compilation.diagnostics.isEmpty, "\(compilation.text)")
    #expect(compilation.platform.platform?.spec.relay.cluster == true)
  }

  /// The error is at the value, names the reason, and its fix is certain.
  @Test(arguments: ["replicas: 2", "replicas:   10 # many", "state: stopped\n  replicas: 2"])
  func moreIsAnErrorAtTheValue(_ fields: String) async throws {
    let compilation = try await compile(relay: "  \(fields)\n", cluster: Self.none)
    let diagnostic = try #require(compilation.diagnostics.first)
    #expect(compilation.diagnostics.count == 1 && diagnostic.code == .severalReplicas && diagnostic.severity == .error)
    let location = diagnostic.primary.location
    #expect(location.path == "orgs/acme/relays/north-1.yaml")
    let bytes = try #require(compilation.units.first?.relays.first?.source.file.bytes)
    #expect(Int(String(decoding: bytes[Int(location.range.start)..<Int(location.range.end)], as: UTF8.self)) ?? 0 > 1)
    #expect(diagnostic.related.map(\.location.path) == ["platform.yaml"])
    #expect(diagnostic.help?.contains("`relay.cluster` to true") == true)
    let fix = try #require(diagnostic.fixes.first)
    #expect(fix.isCertain && fix.edits == [Diagnostic.Edit(location, "1")])
  }

  /// The error is about the platform alone, not also about every relay that has no number of its own.
  @Test func moreByDefaultIsAnErrorOfThePlatform() async throws {
    let compilation = try await compile(relay: "", platform: "  defaults: { replicas: 3 }\n", cluster: Self.none)
    #expect(compilation.diagnostics.map(\.code) == [.severalReplicas])
    let diagnostic = try #require(compilation.diagnostics.first)
    #expect(diagnostic.primary.location.path == "platform.yaml")
    #expect(diagnostic.message.contains("the default of `replicas` is 3"))
    #expect(diagnostic.fixes.first?.edits.map(\.replacement) == ["1"])
  }

  /// Several pods get a disruption budget, and are spread over the nodes.
  @Test(arguments: [1, 2]) func rendererSpreadsAndProtectsSeveralPods(_ replicas: Int) async throws {
    let compilation = try await compile(relay: "  replicas: \(replicas)\n")
    let objects = RelayObjects(
      organization: "acme", namespace: "wpex-acme",
      relay: try #require(compilation.units.first { $0.name == "acme" }?.relays.first),
      platform: try #require(compilation.platform.platform?.spec))
    let manifests = try objects.manifests.map { try AnyManifest($0).body }
    let deployment = try #require(manifests.first { $0["kind"] == "Deployment" })
    #expect(deployment["spec"]?["replicas"] == .integer(replicas))
    let pod = try #require(deployment["spec"]?["template"]?["spec"])
    #expect((pod["topologySpreadConstraints"]?.elements?.count ?? 0) == (replicas > 1 ? 1 : 0))
    let budgets = manifests.filter { $0["kind"] == "PodDisruptionBudget" }
    #expect(budgets.map { $0["spec"]?["minAvailable"] } == (replicas > 1 ? [1] : []))
  }
}
