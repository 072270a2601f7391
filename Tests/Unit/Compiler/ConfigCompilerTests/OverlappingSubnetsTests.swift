import ConfigCompiler
import ConfigModel
import Diagnostics
import RepositorySupport
import Testing

/// Networks behind the keys of one relay.
@Suite struct OverlappingSubnetsTests {
  private static let publicKeys = [
    "e60Q3QdjZ8aEezuwIkqfH+5w3L6FCDqvXmM912vcQb8=", "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=",
    "UrZ5JQK0iPBJ3bJ1bZ0uG8m1jYV2yZ1pQk2mQ0g4lQk=",
  ]

  /// The codes and messages for keys with these sites, on the relays that have these labels.
  private func compile(_ sites: [String], relays: [String] = ["site: x"], now: String = "2026-06-01T00:00:00Z") async
    -> Compilation
  {
    var repository = MemoryRepository(Example([]))
    for (index, site) in sites.enumerated() {
      let parts = site.split(separator: "|").map(String.init)
      repository.set(
        "orgs/acme/keys/k\(index).yaml",
        "apiVersion: wpex.io/v1alpha1\nkind: Key\nmetadata:\n  name: k\(index)\n  labels: { \(parts[1]) }\n"
          + "spec:\n  publicKey: \(Self.publicKeys[index])\n  \(parts.count > 2 ? parts[2] : "status: active")\n"
          + "  site: { \(parts[0]) }\n")
    }
    for (index, labels) in relays.enumerated() {
      repository.set(
        "orgs/acme/relays/r\(index).yaml",
        "apiVersion: wpex.io/v1alpha1\nkind: Relay\nmetadata:\n  name: r\(index)\nspec:\n  region: eu-north\n"
          + "  port: \(30110 + index)\n  keys:\n    names: [headquarters]\n    selector:\n"
          + "      matchLabels: { \(labels) }\n")
    }
    return await repository.compile(now: now)
  }

  @Test(arguments: [
    (["subnet: 10.0.0.0/8|site: x", "subnet: 10.1.0.0/16|site: x"], 1),
    (["subnet: 10.1.0.0/16|site: x", "subnet: 10.1.0.0/16|site: x"], 1),
    (["subnet: 10.0.0.0/8|site: x", "subnet: 10.1.0.0/16|site: x", "subnet: 10.1.2.0/24|site: x"], 2),
    (["subnet: 10.0.0.0/16|site: x", "subnet: 10.1.0.0/16|site: x"], 0),
    (["subnet: \"2001:db8::/32\"|site: x", "subnet: \"2001:db8:1::/48\"|site: x"], 1),
    (["subnet: \"::/0\"|site: x", "subnet: 10.1.0.0/16|site: x"], 0),
    (["subnet: 0.0.0.0/0|site: x", "subnet: 10.1.0.0/16|site: x"], 1),
    // One that says so is enough, on either side, and only for itself.
    (["subnet: 10.0.0.0/8, overlap: intended|site: x", "subnet: 10.1.0.0/16|site: x"], 0),
    (["subnet: 10.0.0.0/8|site: x", "subnet: 10.1.0.0/16, overlap: intended|site: x"], 0),
    (
      [
        "subnet: 10.0.0.0/8, overlap: intended|site: x", "subnet: 10.1.0.0/16|site: x", "subnet: 10.1.2.0/24|site: x",
      ], 1
    ),
    // Keys that do not meet.
    (["subnet: 10.0.0.0/8|site: x", "subnet: 10.1.0.0/16|site: y"], 0),
    (["subnet: 10.0.0.0/8|site: x", "subnet: 10.1.0.0/16|site: x|status: revoked"], 0),
    (["subnet: 10.0.0.0/8|site: x", "subnet: 10.1.0.0/16|site: x|expires: 2026-01-01"], 0),
    (["location: Milano|site: x", "subnet: 10.1.0.0/16|site: x"], 0),
  ]) func keysThatMeet(_ sites: [String], _ errors: Int) async {
    let compilation = await compile(sites)
    let found = compilation.diagnostics.filter { $0.code == .overlappingSubnets }
    #expect(found.count == errors, "\(compilation.text)")
    #expect(found.allSatisfy { $0.severity == .error && $0.related.count == 2 })
  }

  /// One error for each key, although the pair meets on several relays.
  @Test func bothPlacesAreNamedOnce() async throws {
    let compilation = await compile(
      ["subnet: 10.0.0.0/8|site: x, a: b", "subnet: 10.1.0.0/16|site: x, a: b"], relays: ["site: x", "a: b"])
    let found = compilation.diagnostics.filter { $0.code == .overlappingSubnets }
    try #require(found.count == 1, "\(compilation.text)")
    #expect(found[0].primary.location.path == "orgs/acme/keys/k1.yaml")
    #expect(found[0].related.map(\.location.path) == ["orgs/acme/keys/k0.yaml", "orgs/acme/relays/r0.yaml"])
    #expect(found[0].message.contains("10.1.0.0/16 is a part of 10.0.0.0/8"))
  }

  private func contains(_ outer: IPNetwork, _ inner: IPNetwork) -> Bool {
    outer.contains(inner.address) && outer.prefixLength <= inner.prefixLength
  }

  /// The same as by comparing all pairs.
  @Test(arguments: 0..<30) func agreesWithAllPairs(_ round: Int) throws {
    var random = SystemRandomNumberGenerator()
    let networks = (0..<60).map { _ -> IPNetwork? in
      let isIPv4 = Bool.random(using: &random)
      let bits = Int.random(in: 0...(round % 2 == 0 ? 12 : 8), using: &random)
      let value = (Int.random(in: 0..<4_096, using: &random) >> (12 - bits)) << (12 - bits)
      return isIPv4
        ? IPNetwork("\(value >> 4).\((value & 15) << 4).0.0/\(bits)")
        : IPNetwork("\(String(value << 4, radix: 16))::/\(bits)")
    }.compactMap(\.self)
    try #require(networks.count == 60)
    let pairs = IPNetwork.overlaps(among: networks)
    var involved: Set<Int> = []
    for (inner, outer) in pairs {
      involved.formUnion([inner, outer])
      #expect(inner != outer && contains(networks[outer], networks[inner]))
    }
    var expected: Set<Int> = []
    for one in networks.indices {
      for other in networks.indices where one != other && contains(networks[one], networks[other]) {
        expected.formUnion([one, other])
      }
    }
    #expect(involved == expected)
    #expect(Set(pairs.map(\.inner)).count == pairs.count)
  }

  /// Quadratic work would take minutes.
  @Test func aHundredThousandNetworks() throws {
    let apart = (0..<100_000).compactMap { IPNetwork("10.\($0 >> 14).\(($0 >> 6) & 255).\(($0 & 63) << 2)/30") }
    try #require(apart.count == 100_000)
    #expect(IPNetwork.overlaps(among: apart).isEmpty)
    let same = try #require(IPNetwork("10.0.0.0/30"))
    #expect(IPNetwork.overlaps(among: Array(repeating: same, count: 20_000)).count == 19_999)
    let whole = try #require(IPNetwork("0.0.0.0/0"))
    #expect(IPNetwork.overlaps(among: apart + [whole]).count == 100_000)
  }
}
