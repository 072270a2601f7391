@testable import ConfigCompiler
import ConfigModel
import Diagnostics
import KubernetesModel
import RepositorySupport
import TextFormats
import Testing

/// A relay of several regions: its checks, and what is rendered for each region.
@Suite struct SeveralRegionsTests {
  private static let relay = "orgs/acme/relays/north-1.yaml"

  /// The catalogue's base, with two regions of one port range that acme may use.
  private func repository(_ fields: String, edits: [(path: String, old: String, new: String)] = []) throws
    -> MemoryRepository
  {
    var repository = MemoryRepository(Example([]))
    let all =
      [
        (Self.relay, "  region: eu-north\n  port: 30101\n", fields),
        ("platform.yaml", "31000-31999", "30000-30999"),
        ("orgs/acme/organization.yaml", "[eu-north]", "[eu-north, eu-south]"),
      ] + edits
    for (path, old, new) in all {
      let text = String(decoding: try #require(repository.contents[path]), as: UTF8.self)
      try #require(text.contains(old), "\(path) has no \(old)")
      repository.set(path, text.replacing(old, with: new))
    }
    return repository
  }

  private static let sound = "  regions: [eu-north, eu-south]\n  port: 30101\n  clusterPort: 30102\n"

  @Test func severalRegionsAreClean() async throws {
    let compilation = try await repository(Self.sound).compile()
    #expect(compilation.diagnostics.isEmpty, "\(compilation.text)")
    let spec = try #require(compilation.unit(named: "acme")?.relays.first?.spec)
    #expect(spec.regions == ["eu-north", "eu-south"] && spec.region == "eu-north" && spec.isRegional)
    #expect(spec.onlyRegion == nil && spec.clusterPort == 30_102)
    let text = RepositoryGraph(compilation).text(.mermaid)
    #expect(text.contains("eu-north, eu-south:30101"))
  }

  @Test(
    arguments: [
      ("  regions: [eu-north, eu-south]\n  port: 30101\n", .severalRegions, "needs the field `clusterPort`"),
      (
        "  regions: [eu-north, eu-south]\n  port: 30101\n  clusterPort: 30101\n", .severalRegions,
        "the port that peers send to"
      ),
      ("  region: eu-north\n  port: 30101\n  clusterPort: 30102\n", .severalRegions, "but `north-1` has one"),
      ("\(sound)  replicas: 2\n", .severalRegions, "has one pod in each, but `replicas` is 2"),
      (
        "  region: eu-north\n  regions: [eu-north, eu-south]\n  port: 30101\n  clusterPort: 30102\n", .exclusiveFields,
        "not both"
      ),
      ("  port: 30101\n", .missingAlternative, "`region` or `regions`"),
      ("  regions: [eu-north, eu-west]\n  port: 30101\n  clusterPort: 30102\n", .unknownRegion, "no region `eu-west`"),
      ("  regions: [eu-north, eu-south]\n  port: 30101\n  clusterPort: 30999\n", .portOutsideOrganization, "30999"),
    ] as [(String, DiagnosticCode, String)])
  func errors(_ fields: String, _ code: DiagnosticCode, _ message: String) async throws {
    let compilation = try await repository(fields).compile()
    let diagnostic = try #require(compilation.diagnostics.first { $0.code == code }, "\(compilation.text)")
    #expect(diagnostic.severity == .error && diagnostic.message.contains(message), "\(diagnostic.message)")
    #expect(diagnostic.primary.location.path == Self.relay)
  }

  /// One region twice, or one region alone, is not several.
  @Test(arguments: ["[eu-north]", "[eu-north, eu-north]", "[]"]) func listNeedsTwoRegions(_ list: String) async throws {
    let compilation = try await repository("  regions: \(list)\n  port: 30101\n  clusterPort: 30102\n").compile()
    #expect(compilation.hasErrors)
  }

  /// What a region does not offer is an error at the region that lacks it.
  @Test func everyRegionIsChecked() async throws {
    let other = try await repository(
      Self.sound,
      edits: [
        (
          "platform.yaml", "south.example.net\n      portRange: 30000-30999",
          "south.example.net\n      portRange: 31000-31999"
        )
      ]
    ).compile()
    let outside = other.diagnostics.filter { $0.code == .portOutsideRegion }
    #expect(outside.count == 2 && outside.allSatisfy { $0.message.contains("region `eu-south`") }, "\(other.text)")
    let foreign = try await repository(
      Self.sound, edits: [("orgs/acme/organization.yaml", "[eu-north, eu-south]", "[eu-north]")]
    ).compile()
    let refused = try #require(foreign.diagnostics.first { $0.code == .regionNotAllowed })
    let bytes = try #require(foreign.unit(named: "acme")?.relays.first?.source.file.bytes)
    let range = refused.primary.location.range
    #expect(String(decoding: bytes[Int(range.start)..<Int(range.end)], as: UTF8.self) == "eu-south")
  }

  /// Both ports are taken in every region, also for other organizations' relays.
  @Test(arguments: [("eu-north", 30_101), ("eu-north", 30_102), ("eu-south", 30_101), ("eu-south", 30_102)])
  func portsAreTakenInEveryRegion(_ region: String, _ port: Int) async throws {
    var repository = try repository(Self.sound)
    let text = String(decoding: try #require(repository.contents[Self.relay]), as: UTF8.self)
    repository.set(
      "orgs/acme/relays/north-2.yaml",
      text.replacing("north-1", with: "north-2").replacing(
        Self.sound, with: "  region: \(region)\n  port: \(port)\n"))
    let compilation = await repository.compile()
    let taken = compilation.diagnostics.filter { $0.code == .portTaken }
    #expect(taken.count == 1 && taken[0].message.contains("port \(port) of region `\(region)`"), "\(compilation.text)")
    #expect(taken.first?.help == "port 30103 is free")
  }

  @Test func oneRegionOnlyWithoutClusters() async throws {
    let compilation = try await repository(
      Self.sound, edits: [("platform.yaml", "  relay:\n", "  relay:\n    cluster: false\n")]
    ).compile()
    #expect(compilation.diagnostics.map(\.code) == [.severalRegions], "\(compilation.text)")
  }

  // MARK: - Rendering

  private func objects(_ compilation: Compilation, in region: String) throws -> [RenderedObject] {
    let unit = try #require(compilation.unit(named: "acme"))
    return try Renderer(compilation, options: Renderer.Options(allowsDemonstrationIdentities: true))
      .objects(of: unit, in: region)
  }

  private func container(_ objects: [RenderedObject]) throws -> JSON {
    let deployment = try #require(objects.first { $0.manifest.kind == "Deployment" }?.manifest.body)
    return try #require(deployment["spec"]?["template"]?["spec"]?["containers"]?.elements?.first)
  }

  @Test(arguments: [("eu-north", "relay.south.example.net"), ("eu-south", "relay.north.example.net")])
  func everyRegionHasAllObjects(_ region: String, _ other: String) async throws {
    // The platform's default is for relays of one region.
    let compilation = try await repository(
      Self.sound, edits: [("platform.yaml", "  recipient:", "  defaults: { replicas: 3 }\n  recipient:")]
    ).compile()
    let objects = try objects(compilation, in: region)
    #expect(Set(objects.map(\.origin.region)) == [region])
    let own = objects.filter { $0.origin.relay == "north-1" }
    #expect(own.allSatisfy { $0.origin.regions == ["eu-north", "eu-south"] && $0.regionalKey == nil })
    #expect(
      own.allSatisfy { $0.manifest.body["metadata"]?["annotations"]?["wpex.io/regions"] == "eu-north,eu-south" })
    #expect(own.first { $0.manifest.kind == "Deployment" }?.manifest.body["spec"]?["replicas"] == 1)
    let arguments = try container(own)["args"]?.elements?.compactMap(\.text) ?? []
    #expect(arguments.contains("--cluster=[$(POD_IP)]:30102"))
    #expect(
      arguments.filter { $0.hasPrefix("--cluster-join=") } == [
        "--cluster-join=north-1-members:30102", "--cluster-join=\(other):30102",
      ])
    let service = try #require(
      own.first { $0.manifest.kind == "Service" && $0.manifest.body["metadata"]?["name"] == "north-1" }?.manifest.body)
    #expect(
      service["spec"]?["ports"] == [
        ["name": "wireguard", "protocol": "UDP", "port": 30_101, "targetPort": "wireguard", "nodePort": 30_101],
        ["name": "cluster", "protocol": "UDP", "port": 30_102, "targetPort": "cluster", "nodePort": 30_102],
      ])
    let policy = try #require(own.first { $0.manifest.kind == "NetworkPolicy" }?.manifest.body)
    let rule = policy["spec"]?["ingress"]?.elements?.first { $0["ports"] == [["protocol": "UDP", "port": 30_102]] }
    #expect(rule != nil && rule?["from"] == nil)
  }

  @Test func exposureIsThatOfEachRegion() async throws {
    let compilation = try await repository(
      Self.sound,
      edits: [
        ("platform.yaml", "publicHost: relay.south.example.net", "publicHost: 2001:db8::1\n      exposure: HostPort")
      ]
    ).compile()
    let north = try objects(compilation, in: "eu-north")
    let south = try objects(compilation, in: "eu-south")
    #expect(try container(north)["ports"]?.elements?.contains { $0["hostPort"] != nil } == false)
    let hostPorts = try container(south)["ports"]?.elements?.compactMap { $0["hostPort"]?.int }
    #expect(hostPorts == [30_101, 30_102])
    #expect(try container(north)["args"]?.elements?.contains("--cluster-join=[2001:db8::1]:30102") == true)
    #expect(south.contains { $0.manifest.kind == "Deployment" } && north.contains { $0.manifest.kind == "Deployment" })
  }

  /// A relay of one region has nothing of it, and becoming one of several renews its Secret.
  @Test func oneRegionStaysAsItIs() async throws {
    let one = try objects(try await repository("  region: eu-north\n  port: 30101\n").compile(), in: "eu-north")
    let two = try objects(try await repository(Self.sound).compile(), in: "eu-north")
    #expect(one.allSatisfy { $0.manifest.body["metadata"]?["annotations"]?["wpex.io/regions"] == nil })
    let digests = [one, two].map { objects in objects.first { $0.manifest.kind == "Secret" }?.digest }
    #expect(digests[0] != nil && digests[0] != digests[1])
  }
}
