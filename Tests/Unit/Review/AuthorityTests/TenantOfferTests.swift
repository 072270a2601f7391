import Authority
import ChangeSet
import ConfigCompiler
import ConfigModel
import Diagnostics
import RepositorySupport
import Testing

/// What tenants can choose, as the platform offers it.
@Suite struct TenantOfferTests {
  @Test(arguments: [
    ("ghcr.io/acme", "ghcr.io/acme", true), ("ghcr.io/acme", "ghcr.io/acme/relay", true),
    ("ghcr.io/acme", "ghcr.io/acme/a/b", true), ("ghcr.io/acme", "ghcr.io/acme-evil/relay", false),
    ("ghcr.io/acme", "ghcr.io/acmeevil", false), ("ghcr.io/acme", "ghcr.io", false),
    ("ghcr.io/acme", "ghcr.io/acme/../evil", false), ("ghcr.io/acme", "ghcr.io/acme//x", false),
    ("ghcr.io/acme", "ghcr.io/acme/./x", false), ("ghcr.io/acme", "evil.example/ghcr.io/acme", false),
    ("ghcr.io", "ghcr.io:5000/x", false), ("ghcr.io", "ghcr.io.evil.example/x", false), ("ghcr.io", "ghcr.io/x", true),
    ("ghcr.io/acme", "ghcr.io/acme/x:1", false),
  ])
  func imagesMatchAtASlash(_ offered: String, _ repository: String, _ isOffered: Bool) {
    var offer = TenantOffer()
    #expect(!offer.includes(image: repository))
    offer.images = ["registry.example", offered]
    #expect(offer.includes(image: repository) == isOffered)
  }

  @Test(arguments: [
    ("198.51.100.9", true), ("198.51.101.9", false), ("2001:db8::9", true), ("2001:db9::9", false),
    ("::ffff:198.51.100.9", false), ("192.0.2.1", true), ("192.0.2.10", false), ("a.example", true),
    ("WWW.A.example", true), ("evila.example", false), ("a.example.evil", false), ("example", false),
    ("3325256713", false),
  ])
  func targets(_ target: String, _ isOffered: Bool) {
    var offer = ProbeTargetOffer()
    #expect(!offer.includes(target))
    offer.networks = ["198.51.100.0/24", "2001:db8::/32"]
    offer.hosts = ["A.example", "192.0.2.1"]
    #expect(offer.includes(target) == isOffered)
  }

  @Test(arguments: [
    // The platform's defaults are cpu 100m and memory 64Mi, limited to 1 cpu and 128Mi.
    ("{ requests: { cpu: 100m } }", "{}", false), ("{ requests: { cpu: 101m } }", "{}", true),
    ("{ requests: { cpu: 101m }, limits: { cpu: \"1\" } }", "{ memory: 1Gi }", true),
    ("{ requests: { cpu: 101m }, limits: { cpu: \"1\" } }", "{ cpu: \"2\" }", false),
    ("{ limits: { cpu: \"2\", memory: 1Gi } }", "{ cpu: \"2\", memory: 1Gi }", false),
    ("{ limits: { cpu: 2001m } }", "{ cpu: \"2\", memory: 1Gi }", true),
    ("{ limits: { cpu: \"1\", memory: 1025Mi } }", "{ cpu: \"2\", memory: 1Gi }", true),
    // Without a limit on CPU, the container may use any amount, so no offer covers it.
    ("{ limits: { memory: 64Mi } }", "{ cpu: \"64\" }", true),
  ])
  func resources(_ own: String, _ most: String, _ isBeyond: Bool) async throws {
    var repository = MemoryRepository(Example([]))
    repository.replace(
      "platform.yaml", "  relay:\n",
      "  defaults:\n    resources: { requests: { cpu: 100m, memory: 64Mi }, limits: { cpu: \"1\" } }\n"
        + "  tenants: { maxResources: \(most) }\n  relay:\n")
    let limited = own.contains("limits") ? own : own.replacing(" } }", with: " }, limits: { cpu: \"1\" } }")
    repository.replace("orgs/acme/relays/north-1.yaml", "keys:", "resources: \(limited)\n  keys:")
    let compilation = await repository.compile()
    try #require(!compilation.hasErrors, "\(compilation.text)")
    #expect(compilation.fieldsBeyondOffer().map(\.code) == (isBeyond ? [.beyondOffer] : []))
  }

  /// Editors hint at exactly what a change would be refused for.
  @Test(arguments: [
    "exposure: HostPort", "exposure: LoadBalancer", "replicas: 3", "replicas: 4",
    "resources: { limits: { memory: 1Gi } }",
    "image: { repository: x.example/y, tag: a }", "image: { repository: registry.example.net/wpex-relay, tag: a }",
    "probes: [{ name: p, ping: 192.0.2.1 }]", "bandwidthMbps: 100", "exposure: HostPort\n  replicas: 10",
    "service: { annotations: { example.net/address: x } }", "service: { ipFamilyPolicy: PreferDualStack }",
    "exposure: LoadBalancer\n  service: { loadBalancerClass: x }", "dns: north-1.example.net",
    "dns: n.acme.relays.example.net", "dns: acme.relays.example.net", "dns: x-acme.relays.example.net",
  ])
  func editorsAgreeWithAuthority(_ field: String) async throws {
    for tenants in [
      "{}", "{ probes: {} }", "{ exposures: [HostPort], maxReplicas: 10 }", "{ images: [x.example] }",
      "{ annotations: [example.net/address], loadBalancerClasses: [x], exposures: [LoadBalancer] }",
    ] {
      var start = MemoryRepository(Example([]))
      start.replace(
        "platform.yaml", "      portRange: 30000-30999\n",
        "      portRange: 30000-30999\n      dnsZone: relays.example.net\n")
      start.replace("platform.yaml", "  relay:\n", "  tenants: \(tenants)\n  relay:\n")
      var end = start
      end.replace("orgs/acme/relays/north-1.yaml", "keys:", "\(field)\n  keys:")
      let base = Revision(tree: start.tree, compilation: await start.compile())
      let head = Revision(tree: end.tree, compilation: await end.compile())
      try #require(!head.compilation.hasErrors)
      let actor = Actor(try #require(Account("user:acme/giulia")), in: base.compilation)
      let denied = Authority.decisions(on: ChangeSet(from: base, to: head), by: actor, base: base.compilation)
        .compactMap { $0.diagnostic(for: actor) }
      let hints = head.compilation.fieldsBeyondOffer(since: base.compilation.relays)
      #expect(denied.map(\.code) == (hints.isEmpty ? [] : [.beyondOffer]), "\(field) \(tenants)")
      #expect(denied.flatMap(\.notes) == hints.flatMap(\.notes), "\(field) \(tenants)")
      #expect(hints.allSatisfy { $0.primary.location.path == "orgs/acme/relays/north-1.yaml" })
    }
  }

  /// An annotation could choose another tenant's address, and a name another tenant's record.
  @Test(
    arguments: [
      ("service: { annotations: { example.net/address: a } }", "{}", [.service]),
      ("service: { annotations: { example.net/address: a } }", "{ annotations: [example.net/address] }", []),
      (
        "service: { annotations: { example.net/address: a, b: c } }", "{ annotations: [example.net/address] }",
        [.service]
      ),
      ("exposure: NodePort\n  service: { ipFamilyPolicy: RequireDualStack }", "{}", []),
      ("exposure: LoadBalancer\n  service: { loadBalancerClass: x }", "{ exposures: [LoadBalancer] }", [.service]),
      (
        "exposure: LoadBalancer\n  service: { loadBalancerClass: x }",
        "{ exposures: [LoadBalancer], loadBalancerClasses: [x] }", []
      ),
      ("dns: n.acme.relays.example.net", "{}", []), ("dns: a.b.acme.relays.example.net", "{}", []),
      ("dns: n.globex.relays.example.net", "{}", [.dns]), ("dns: acme.relays.example.net", "{}", [.dns]),
      ("dns: www.example.net", "{}", [.dns]),
    ] as [(String, String, [ProviderField])])
  func servicesAndNames(_ field: String, _ tenants: String, _ taken: [ProviderField]) async throws {
    var repository = MemoryRepository(Example([]))
    repository.replace("platform.yaml", "  relay:\n", "  tenants: \(tenants)\n  relay:\n")
    repository.replace(
      "platform.yaml", "      portRange: 30000-30999\n",
      "      portRange: 30000-30999\n      dnsZone: relays.example.net\n")
    repository.replace("orgs/acme/relays/north-1.yaml", "keys:", "\(field)\n  keys:")
    let compilation = await repository.compile()
    let platform = try #require(compilation.platform.platform?.spec)
    let relay = try #require(compilation.unit(named: "acme")?.relays.first).spec
    #expect(platform.fieldsBeyondOffer(of: relay, in: "acme") == taken)
    // What it has already is not taken again, unless it moves.
    #expect(platform.fieldsBeyondOffer(of: relay, in: "acme", before: relay).isEmpty)
    var elsewhere = relay
    elsewhere.regions = ["eu-south"]
    #expect(
      platform.fieldsBeyondOffer(of: relay, in: "acme", before: elsewhere).contains(.service)
        == taken.contains(.service))
  }

  /// No sequence of changes that an engineer can make alone takes something that is not offered or was not there.
  @Test func noSequenceOfChangesTakesMore() async throws {
    var random = SystemRandomNumberGenerator()
    func any<Element>(_ list: [Element]) -> Element { list.randomElement(using: &random) ?? list[0] }
    var current = MatrixWorld.base(acme: "active")
    var base = Revision(tree: current.tree, compilation: await current.compile())
    let granted = try #require(base.compilation.unit(named: "acme")?.relays.first { $0.name == "taking" }?.spec)
    let lines: [[String]] = [
      ["", "exposure: HostPort", "exposure: LoadBalancer", "exposure: NodePort"],
      ["", "replicas: 3", "replicas: 9"],
      ["", "service: { annotations: { a: b } }", "service: { annotations: { a: c } }"],
      ["", "dns: north.example.net"],
      ["", "resources: { requests: { cpu: \"64\" } }", "resources: { requests: { cpu: \"65\" } }"],
      [
        "", "image: { repository: other.example/x, tag: a }",
        "image: { repository: other.example/x, digest: \"\(granted.image?.digest ?? "")\" }",
        "image: { repository: registry.example.net/tenants/x, tag: a }",
      ],
      ["", "probes: [{ name: p, ping: 203.0.113.9 }]", "probes: [{ name: p, ping: 198.51.100.9 }]"],
    ]
    var permitted = 0
    for step in 0..<150 {
      var next = current
      let name = any(["taking", "north-1", "extra"])
      let path = "orgs/acme/relays/\(any([name, "other"])).yaml"
      if any([true, false, false, false]) {
        next.remove(path)
      } else {
        let region = any(["eu-north", "eu-south"])
        let fields = lines.map(any).filter { !$0.isEmpty }.joined(separator: "\n")
        next.set(
          path,
          MatrixWorld.document(
            "Relay", name, "region: \(region)\nport: 30160\n\(fields)\nkeys:\n  names: [headquarters]"))
      }
      let head = Revision(tree: next.tree, compilation: await next.compile(reusing: base.compilation))
      let actor = Actor(try #require(Account("user:acme/engineer-active")), in: base.compilation)
      try #require(actor.rights != nil)
      let decisions = Authority.decisions(
        on: ChangeSet(from: base, to: head), by: actor, base: base.compilation)
      guard decisions.allSatisfy(\.isPermitted) else { continue }
      permitted += 1
      (current, base) = (next, head)
      let platform = try #require(head.compilation.platform.platform?.spec)
      for relay in head.compilation.unit(named: "acme")?.relays ?? [] {
        let taken = platform.fieldsBeyondOffer(
          of: relay.spec, in: "acme", before: relay.name == "taking" ? granted : nil)
        #expect(taken.isEmpty, "step \(step): \(relay.name) takes \(taken)")
      }
    }
    #expect(permitted > 10)
  }
}
