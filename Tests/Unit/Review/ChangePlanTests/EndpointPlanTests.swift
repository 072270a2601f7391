import ChangePlan
import ChangeSet
import ConfigCompiler
import RepositorySupport
import Testing

/// What a plan says of endpoints that only the cloud knows, and of those with names or IPv6 addresses.
@Suite struct EndpointPlanTests {
  private static let path = "orgs/acme/relays/milan-1.yaml"

  private func changes(
    _ before: String, _ after: String, host: String? = nil
  ) async throws -> [[String]] {
    var base = try await Planned.sample()
    if let host { try base.edit("platform.yaml", "relay.eu-south.nordsud.example", host) }
    var head = base
    try base.edit(Self.path, "  port: 30101\n", before)
    try head.edit(Self.path, "  port: 30101\n", after)
    let compilation = await Planned.revision(head).compilation
    try #require(!compilation.hasErrors, "\(compilation.text)")
    return try await Planned.plan(base, head).endpoints.map { [$0.relay, $0.old, $0.new] }
  }

  @Test(
    arguments: [
      ("", "  exposure: LoadBalancer\n", ["milan-1", "relay.eu-south.nordsud.example:30101", "pending"]),
      ("  exposure: LoadBalancer\n", "", ["milan-1", "load balancer:30101", "relay.eu-south.nordsud.example:30101"]),
      (
        "  exposure: LoadBalancer\n", "  exposure: LoadBalancer\n  service: { loadBalancerClass: x }\n",
        ["milan-1", "load balancer:30101", "pending"]
      ),
      ("", "  dns: m.example.net\n", ["milan-1", "relay.eu-south.nordsud.example:30101", "m.example.net:30101"]),
    ] as [(String, String, [String])])
  func endpointChanges(_ before: String, _ after: String, _ expected: [String]) async throws {
    #expect(try await changes("  port: 30101\n\(before)", "  port: 30101\n\(after)") == [expected])
  }

  @Test(
    arguments: [
      ("  exposure: LoadBalancer\n", "  exposure: LoadBalancer\n  service: { annotations: { a: b } }\n"),
      ("  dns: m.example.net\n", "  dns: m.example.net\n  exposure: LoadBalancer\n"),
    ])
  func endpointStays(_ before: String, _ after: String) async throws {
    #expect(try await changes("  port: 30101\n\(before)", "  port: 30101\n\(after)").isEmpty)
  }

  @Test func addressesOfIPv6HaveBrackets() async throws {
    #expect(
      try await changes("  port: 30101\n", "  port: 30150\n", host: "\"2001:db8::1\"")
        == [["milan-1", "[2001:db8::1]:30101", "[2001:db8::1]:30150"]])
  }
}
