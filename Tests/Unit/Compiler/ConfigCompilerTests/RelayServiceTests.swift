@testable import ConfigCompiler
import ConfigModel
import Diagnostics
import KubernetesModel
import RepositorySupport
import TextFormats
import Testing

/// A relay's Service: what the cloud reads of it, its names, and where peers reach it.
@Suite struct RelayServiceTests {
  private static let relay = "orgs/acme/relays/north-1.yaml"

  /// The catalogue's base with further fields of the relay `north-1` and of its region.
  private func repository(
    _ fields: String, region: String = "", edits: [(path: String, old: String, new: String)] = []
  ) throws -> MemoryRepository {
    var repository = MemoryRepository(Example([]))
    let all =
      [
        (Self.relay, "  port: 30101\n", "  port: 30101\n\(fields)"),
        ("platform.yaml", "      portRange: 30000-30999\n", "      portRange: 30000-30999\n\(region)"),
      ] + edits
    for (path, old, new) in all {
      let text = String(decoding: try #require(repository.contents[path]), as: UTF8.self)
      try #require(text.contains(old), "\(path) has no \(old)")
      repository.set(path, text.replacing(old, with: new))
    }
    return repository
  }

  private func service(
    _ repository: MemoryRepository, in region: String = "eu-north"
  ) async throws -> JSON {
    let compilation = await repository.compile()
    try #require(!compilation.hasErrors, "\(compilation.text)")
    let unit = try #require(compilation.unit(named: "acme"))
    let objects = try Renderer(compilation, options: Renderer.Options()).objects(of: unit, in: region)
    return try #require(
      objects.map(\.manifest.body).first { $0["kind"] == "Service" && $0["metadata"]?["name"] == "north-1" })
  }

  private static let cloud = """
          exposure: LoadBalancer
          service:
            annotations: { example.net/scheme: internal, example.net/size: small }
            loadBalancerClass: example.net/first
            ipFamilyPolicy: PreferDualStack

    """

  @Test func relaysValuesWinOverTheRegions() async throws {
    let region = try await service(repository("", region: Self.cloud))
    #expect(region["spec"]?["type"] == "LoadBalancer" && region["spec"]?["externalTrafficPolicy"] == "Local")
    #expect(region["spec"]?["loadBalancerClass"] == "example.net/first")
    #expect(region["spec"]?["ipFamilyPolicy"] == "PreferDualStack")
    #expect(region["metadata"]?["annotations"]?["example.net/scheme"] == "internal")
    let own = try await service(
      repository(
        "  service:\n    annotations: { example.net/scheme: public }\n    loadBalancerClass: second\n",
        region: Self.cloud))
    #expect(own["spec"]?["loadBalancerClass"] == "second" && own["spec"]?["ipFamilyPolicy"] == "PreferDualStack")
    #expect(own["metadata"]?["annotations"]?["example.net/scheme"] == "public")
    #expect(own["metadata"]?["annotations"]?["example.net/size"] == "small")
    // The digest says that the objects differ.
    #expect(own["metadata"]?["annotations"]?["wpex.io/digest"] != region["metadata"]?["annotations"]?["wpex.io/digest"])
  }

  /// The API server rejects a class on Services without a load balancer.
  @Test(arguments: [("NodePort", "NodePort"), ("HostPort", "ClusterIP")])
  func classOfTheRegionIsForLoadBalancers(_ exposure: String, _ type: JSON) async throws {
    let service = try await service(repository("  exposure: \(exposure)\n", region: Self.cloud))
    #expect(service["spec"]?["type"] == type && service["spec"]?["loadBalancerClass"] == nil)
    #expect(service["metadata"]?["annotations"]?["example.net/size"] == "small")
  }

  private static let hostname = "external-dns.alpha.kubernetes.io/hostname"

  @Test(
    arguments: [
      ("", "", nil), ("", "      dnsZone: relays.example.net\n", "north-1.acme.relays.example.net"),
      ("  dns: north.example.net\n", "      dnsZone: relays.example.net\n", "north.example.net"),
      ("  dns: north.example.net\n", "", "north.example.net"),
      ("  exposure: HostPort\n", "      dnsZone: relays.example.net\n", nil),
    ] as [(String, String, String?)])
  func name(_ fields: String, _ region: String, _ expected: String?) async throws {
    let service = try await service(repository(fields, region: region))
    #expect(service["metadata"]?["annotations"]?[Self.hostname]?.text == expected)
  }

  @Test(
    arguments: [
      ("", "", "relay.north.example.net:30101", false), ("  exposure: LoadBalancer\n", "", nil, true),
      ("  exposure: LoadBalancer\n  dns: n.example.net\n", "", "n.example.net:30101", true),
      ("", "      dnsZone: example.net\n", "north-1.acme.example.net:30101", false),
      ("  exposure: HostPort\n", "      dnsZone: example.net\n", "relay.north.example.net:30101", false),
    ] as [(String, String, String?, Bool)])
  func endpoint(_ fields: String, _ region: String, _ text: String?, _ isBalanced: Bool) async throws {
    let compilation = try await repository(fields, region: region).compile()
    let relay = try #require(compilation.unit(named: "acme")?.relays.first { $0.name == "north-1" })
    let endpoint = compilation.platform.platform?.spec.endpoint(of: relay.name, relay.spec, org: "acme", in: "eu-north")
    #expect(endpoint?.text == text && endpoint?.isBalanced == isBalanced)
  }

  @Test func addressesOfIPv6HaveBrackets() async throws {
    let compilation = try await repository(
      "", edits: [("platform.yaml", "relay.north.example.net", "\"2001:db8::1\"")]
    ).compile()
    let relay = try #require(compilation.unit(named: "acme")?.relays.first)
    #expect(
      compilation.platform.platform?.spec.endpoint(of: relay.name, relay.spec, org: "acme", in: "eu-north")?.text
        == "[2001:db8::1]:30101")
  }

  private static let several: [(path: String, old: String, new: String)] = [
    (relay, "  region: eu-north\n", "  regions: [eu-north, eu-south]\n  clusterPort: 30102\n"),
    ("platform.yaml", "31000-31999", "30000-31999"),
    ("orgs/acme/organization.yaml", "[eu-north]", "[eu-north, eu-south]"),
  ]

  /// Regions join each other at the names of the relay, because only the cloud knows the addresses behind them.
  @Test func regionsJoinAtNames() async throws {
    let zone = (
      "platform.yaml", "      portRange: 30000-31999\n", "      portRange: 30000-31999\n      dnsZone: s.example.net\n"
    )
    let compilation = try await repository("", edits: Self.several + [zone]).compile()
    try #require(!compilation.hasErrors, "\(compilation.text)")
    let unit = try #require(compilation.unit(named: "acme"))
    for (region, joined) in [
      ("eu-north", "--cluster-join=north-1.acme.s.example.net:30102"),
      ("eu-south", "--cluster-join=relay.north.example.net:30102"),
    ] {
      let objects = try Renderer(compilation, options: Renderer.Options()).objects(of: unit, in: region)
      let deployment = objects.map(\.manifest.body).first { $0["kind"] == "Deployment" }
      let container = deployment?["spec"]?["template"]?["spec"]?["containers"]?.elements?.first
      #expect(container?["args"]?.elements?.contains(.string(joined)) == true, "\(region)")
    }
  }

  @Test(
    arguments: [
      ("  dns: Milan.example.net\n", "", .malformedValue, "DNS name"),
      ("  dns: milan\n", "", .malformedValue, "DNS name"),
      ("  dns: 192.0.2.1\n", "", .malformedValue, "DNS name"),
      ("  dns: a..example.net\n", "", .malformedValue, "DNS name"),
      ("  exposure: HostPort\n  dns: a.example.net\n", "", .unusableDNSName, "nothing publishes"),
      ("  service: { loadBalancerClass: x }\n", "", .classWithoutLoadBalancer, "is `NodePort`"),
      ("  service: { annotations: { wpex.io/digest: x } }\n", "", .reservedAnnotation, "`wpex.io/digest`"),
      ("  service: { annotations: { \(hostname): x.example.net } }\n", "", .reservedAnnotation, "belongs into `dns`"),
    ] as [(String, String, DiagnosticCode, String)])
  func errors(_ fields: String, _ region: String, _ code: DiagnosticCode, _ message: String) async throws {
    let compilation = try await repository(fields, region: region).compile()
    let diagnostic = try #require(compilation.diagnostics.first { $0.code == code }, "\(compilation.text)")
    #expect(diagnostic.severity == .error && diagnostic.message.contains(message), "\(diagnostic.message)")
    #expect(diagnostic.primary.location.path == Self.relay)
  }

  @Test func regionsAnnotationsAreTheirOwn() async throws {
    let compilation = try await repository(
      "", region: "      service: { annotations: { applyset.kubernetes.io/part-of: x } }\n"
    ).compile()
    let found = compilation.diagnostics.filter { $0.code == .reservedAnnotation }
    #expect(found.map(\.primary.location.path) == ["platform.yaml"])
  }

  @Test func severalRegionsNeedSeveralZones() async throws {
    let zone = "      dnsZone: relays.example.net\n"
    let both = ("platform.yaml", "      portRange: 30000-31999\n", "      portRange: 30000-31999\n\(zone)")
    let shared = try await repository("", region: zone, edits: Self.several + [both]).compile()
    let found = try #require(shared.diagnostics.first { $0.code == .unusableDNSName }, "\(shared.text)")
    #expect(found.message.contains("in `eu-north` and in `eu-south`") && !found.related.isEmpty)
    let own = try await repository("  dns: north.example.net\n", edits: Self.several).compile()
    #expect(own.diagnostics.contains { $0.code == .unusableDNSName && $0.message.contains("2 regions") }, "\(own.text)")
  }

  @Test func longNamesAreRefused() async throws {
    let label = String(repeating: "a", count: 60)
    let zone = Array(repeating: label, count: 4).joined(separator: ".")
    let compilation = try await repository("", region: "      dnsZone: \(zone)\n").compile()
    #expect(compilation.diagnostics.contains { $0.code == .unusableDNSName && $0.message.contains("characters") })
  }

  private static func document(_ name: String, port: Int, dns: String, key: String) -> String {
    """
    apiVersion: wpex.io/v1alpha1
    kind: Relay
    metadata:
      name: \(name)
    spec:
      region: eu-north
      port: \(port)
      dns: \(dns)
      keys:
        names: [\(key)]

    """
  }

  /// The name that a relay of another organization has in the zone is taken, and that relay keeps it.
  @Test func namesInTheZoneAreTaken() async throws {
    var repository = try repository("", region: "      dnsZone: relays.example.net\n")
    repository.set(
      "orgs/globex/relays/oslo.yaml",
      Self.document("oslo", port: 30_201, dns: "north-1.acme.relays.example.net", key: "office"))
    let compilation = await repository.compile()
    let found = compilation.diagnostics.filter { $0.code == .dnsNameTaken }
    #expect(found.map(\.primary.location.path) == ["orgs/globex/relays/oslo.yaml"], "\(compilation.text)")
  }

  /// A tenant's new relay does not take the name that the provider gave to another.
  @Test func namesThatWereGivenAreKept() async throws {
    let zone = "      dnsZone: relays.example.net\n"
    var base = try repository("", region: zone)
    base.set(
      "orgs/globex/relays/oslo.yaml",
      Self.document("oslo", port: 30_201, dns: "north-2.acme.relays.example.net", key: "office"))
    let before = await base.compile()
    #expect(!before.diagnostics.contains { $0.code == .dnsNameTaken })
    var head = base
    head.set(
      "orgs/acme/relays/north-2.yaml",
      Self.document("north-2", port: 30_102, dns: "x", key: "headquarters").replacing("  dns: x\n", with: ""))
    let compilation = await head.compile(base: before)
    let found = compilation.diagnostics.filter { $0.code == .dnsNameTaken }
    #expect(found.map(\.primary.location.path) == ["orgs/acme/relays/north-2.yaml"], "\(compilation.text)")
    #expect(found.flatMap(\.related).isEmpty)
  }

  @Test func oneOfTwoEqualNamesIsTaken() async throws {
    var repository = try repository("  dns: relay.example.net\n")
    repository.set(
      "orgs/acme/relays/north-2.yaml",
      Self.document("north-2", port: 30_102, dns: "relay.example.net", key: "headquarters"))
    let compilation = await repository.compile()
    let found = try #require(compilation.diagnostics.first { $0.code == .dnsNameTaken }, "\(compilation.text)")
    #expect(compilation.diagnostics.count { $0.code == .dnsNameTaken } == 1)
    #expect(found.primary.text == "taken" && found.related.map(\.text) == ["taken here"])
  }
}
