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

  private func manifests(of compilation: Compilation) throws -> [JSON] {
    let objects = RelayObjects(
      organization: "acme", namespace: "wpex-acme",
      relay: try #require(compilation.units.first { $0.name == "acme" }?.relays.first),
      platform: try #require(compilation.platform.platform?.spec), region: "eu-north", bandwidthMbps: nil)
    return try objects.manifests.map { try AnyManifest($0).body }
  }

  private func pod(_ manifests: [JSON]) throws -> JSON {
    let deployment = try #require(manifests.first { $0["kind"] == "Deployment" })
    return try #require(deployment["spec"]?["template"]?["spec"])
  }

  /// Several pods get a disruption budget, and are spread over the nodes.
  @Test(arguments: [1, 2]) func rendererSpreadsAndProtectsSeveralPods(_ replicas: Int) async throws {
    let manifests = try manifests(of: try await compile(relay: "  replicas: \(replicas)\n"))
    let deployment = try #require(manifests.first { $0["kind"] == "Deployment" })
    #expect(deployment["spec"]?["replicas"] == .integer(replicas))
    #expect((try pod(manifests)["topologySpreadConstraints"]?.elements?.count ?? 0) == (replicas > 1 ? 1 : 0))
    let budgets = manifests.filter { $0["kind"] == "PodDisruptionBudget" }
    #expect(budgets.map { $0["spec"]?["minAvailable"] } == (replicas > 1 ? [1] : []))
  }

  /// One pod is a member too, because a rolling update has two for a while.
  @Test(arguments: ["", "  replicas: 3\n", "  exposure: HostPort\n"])
  func podsFindEachOther(_ relay: String) async throws {
    let manifests = try manifests(of: try await compile(relay: relay))
    let service = try #require(manifests.first { $0["metadata"]?["name"] == "north-1-members" })
    #expect(service["kind"] == "Service" && service["spec"]?["clusterIP"] == "None")
    #expect(service["spec"]?["publishNotReadyAddresses"] == true)
    #expect(
      service["spec"]?["ports"] == [["name": "cluster", "protocol": "UDP", "port": 8_081, "targetPort": "cluster"]])
    let deployment = try #require(manifests.first { $0["kind"] == "Deployment" })
    #expect(service["spec"]?["selector"] == deployment["spec"]?["selector"]?["matchLabels"])

    let pod = try pod(manifests)
    #expect(pod["terminationGracePeriodSeconds"] == 15)
    let container = try #require(pod["containers"]?.elements?.first)
    let arguments = container["args"]?.elements?.compactMap(\.text) ?? []
    for argument in [
      "--cluster=[$(POD_IP)]:8081", "--cluster-join=north-1-members:8081",
      "--cluster-key=/etc/wpex/keys/cluster.key", "--drain=5",
    ] {
      #expect(arguments.contains(argument))
    }
    #expect(container["env"] == [["name": "POD_IP", "valueFrom": ["fieldRef": ["fieldPath": "status.podIP"]]]])
    let ports = container["ports"]?.elements ?? []
    // The relay's own port comes first, and stays the only one that a host may have.
    #expect(ports.first?["name"] == "wireguard" && ports.filter { $0["hostPort"] != nil }.count <= 1)
    #expect(ports.last == ["name": "cluster", "containerPort": 8_081, "protocol": "UDP"])

    let policy = try #require(manifests.first { $0["kind"] == "NetworkPolicy" })
    let rules = policy["spec"]?["ingress"]?.elements ?? []
    let own: JSON = ["podSelector": try #require(deployment["spec"]?["selector"])]
    #expect(rules.filter { $0["ports"] == [["protocol": "UDP", "port": 8_081]] }.map { $0["from"] } == [[own]])
  }

  /// The relay's own UDP port is not the cluster's.
  @Test func portOfTheClusterGivesWay() async throws {
    var repository = MemoryRepository(Example([]))
    for (path, old, new) in [
      ("orgs/acme/relays/north-1.yaml", "30101", "8081"), ("orgs/acme/organization.yaml", "30100-30199", "8000-8099"),
      ("platform.yaml", "30000-30999", "8000-30999"),
    ] {
      let text = String(decoding: try #require(repository.contents[path]), as: UTF8.self)
      repository.set(path, text.replacing(old, with: new))
    }
    let compilation = await repository.compile()
    #expect(compilation.diagnostics.isEmpty, "\(compilation.text)")
    let container = try #require(try pod(try manifests(of: compilation))["containers"]?.elements?.first)
    #expect(container["ports"]?.elements?.map { $0["containerPort"]?.int } == [8_081, 8_080, 8_082])
  }

  /// An image from before clusters gets nothing that it does not know.
  @Test func nothingOfItWithoutClusters() async throws {
    let manifests = try manifests(of: try await compile(relay: "", cluster: Self.none))
    #expect(
      manifests.filter { $0["kind"] == "Service" }.map { $0["metadata"]?["name"] } == ["north-1", "north-1-http"])
    let pod = try pod(manifests)
    #expect(pod["terminationGracePeriodSeconds"] == 10)
    let container = try #require(pod["containers"]?.elements?.first)
    #expect(container["args"]?.elements?.count == 6 && container["ports"]?.elements?.count == 2)
    #expect(container["env"] == nil)
    #expect(container["args"]?.elements?.contains { $0.text?.contains("--cluster") != false } == false)
    let policy = try #require(manifests.first { $0["kind"] == "NetworkPolicy" })
    #expect(policy["spec"]?["ingress"]?.elements?.count == 2)
  }

  @Test func nameOfTheMembersIsTaken() async throws {
    var repository = MemoryRepository(Example([]))
    let text = String(decoding: try #require(repository.contents["orgs/acme/relays/north-1.yaml"]), as: UTF8.self)
    repository.set(
      "orgs/acme/relays/other.yaml",
      text.replacing("name: north-1\n", with: "name: north-1-members\n").replacing("30101", with: "30102"))
    let found = await repository.compile().diagnostics
    #expect(found.map(\.code) == [.nameCollision])
    #expect(found.first?.message.contains("a Service `north-1-members`") == true)
  }
}
