import FleetMonitoring
import RelayWire
import TextFormats
import Testing

@testable import FleetCollectors

/// Endpoints of relays with a load balancer, from the Services that a cluster has.
@Suite struct EndpointTests {
  private func object(_ namespace: String, ingress: JSON? = nil) -> JSON {
    [
      "metadata": [
        "namespace": .string(namespace), "name": "milan-1",
        "labels": ["wpex.io/org": "acme", "wpex.io/relay": "milan-1"],
      ],
      "spec": ["type": "LoadBalancer", "replicas": 1, "ports": [["name": "wireguard", "port": 30_101]]],
      "status": ["loadBalancer": ingress.map { ["ingress": $0] } ?? [:]],
    ]
  }

  private func endpoints(_ state: ClusterState) -> [RelayEndpoint?] {
    state.view { _ in nil }.placements.map(\.endpoint)
  }

  @Test func followsTheService() {
    var state = ClusterState()
    state.replaceDeployments([object("one-acme")])
    // Nothing is said before Services are read, or of another platform's Service.
    #expect(endpoints(state) == [nil])
    state.replaceServices([object("two-acme", ingress: [["ip": "192.0.2.9"]])])
    #expect(endpoints(state) == [nil])
    state.takeService(object("one-acme"), isGone: false)
    #expect(endpoints(state) == [.pending])
    state.takeService(object("one-acme", ingress: [["ip": "2001:db8::7"]]), isGone: false)
    #expect(endpoints(state) == [.known("[2001:db8::7]:30101")])
    state.takeService(object("one-acme", ingress: [["ip": "2001:db8::7"]]), isGone: true)
    #expect(endpoints(state) == [nil])
  }

  /// A relay of several regions has an endpoint in each; the one that is shown is the first region's.
  @Test(
    arguments: [
      (["eu-north"], .known("192.0.2.7:1")), (["eu-south"], nil), (nil, .known("192.0.2.7:1")),
      (["eu-north", "eu-south"], .known("192.0.2.7:1")),
    ] as [(Set<String>?, RelayEndpoint?)])
  func endpointIsThatOfTheFirstRegion(_ regions: Set<String>?, _ expected: RelayEndpoint?) async throws {
    let relay = RelayID(org: "acme", name: "north-1")
    let placement = RelayPlacement(relay, .current, detail: "it runs", endpoint: .known("192.0.2.7:1"))
    let runtime = KnownRelays(name: "test", regions: regions, placements: [placement])
    let expectation = RelayExpectation(relay, regions: ["eu-north", "eu-south"])
    try await withCollector([runtime], expecting: [expectation], { _ in }) { reports, _ in
      #expect(await reports.wait { !$0.observations("north-1").isEmpty })
      #expect(reports.observations("north-1").last?.endpoint == expected)
    }
  }
}
