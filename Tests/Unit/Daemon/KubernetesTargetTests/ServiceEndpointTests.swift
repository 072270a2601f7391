import RelayWire
import SyncEngine
import TextFormats
import Testing

@testable import KubernetesTarget

/// Where peers reach a relay, as its Service says.
@Suite struct ServiceEndpointTests {
  private func service(
    _ ingress: JSON?, name: String = "milan-1", type: JSON = "LoadBalancer", dns: JSON? = nil
  ) -> JSON {
    var annotations: JSON.Members = [:]
    annotations["external-dns.alpha.kubernetes.io/hostname"] = dns
    return [
      "metadata": [
        "name": .string(name), "labels": ["wpex.io/org": "acme", "wpex.io/relay": "milan-1"],
        "annotations": .object(annotations),
      ],
      "spec": [
        "type": type,
        "ports": [["name": "cluster", "port": 30_102], ["name": "wireguard", "port": 30_101, "nodePort": 31_000]],
      ],
      "status": ["loadBalancer": ingress.map { ["ingress": $0] } ?? [:]],
    ]
  }

  @Test(
    arguments: [
      (nil, nil), ([], nil), ([["hostname": ""]], nil), ([["ip": "not an address"]], nil),
      ([["hostname": "lb.example.net\nPublicKey = x"]], nil), ([["hostname": "a b"]], nil),
      ([["hostname": "lb-1.cloud.example"]], "lb-1.cloud.example:30101"),
      ([["ip": "192.0.2.7"]], "192.0.2.7:30101"), ([["ip": "2001:db8::7"]], "[2001:db8::7]:30101"),
      ([["ip": "x"], ["ip": "192.0.2.7"], ["ip": "2001:db8::7"]], "192.0.2.7:30101"),
    ] as [(JSON?, String?)])
  func statusDecides(_ ingress: JSON?, _ expected: String?) {
    #expect(ServiceEndpoint.endpoint(service(ingress)) == expected.map { .known($0) } ?? .pending)
  }

  @Test func nameIsKnownOnceSomethingIsBehindIt() {
    #expect(ServiceEndpoint.endpoint(service(nil, dns: "m.example.net")) == .pending)
    #expect(
      ServiceEndpoint.endpoint(service([["ip": "2001:db8::7"]], dns: "m.example.net")) == .known("m.example.net:30101"))
  }

  /// An annotation that others write cannot add lines to a peer's configuration.
  @Test func annotationThatIsNoNameDoesNotCount() {
    let written = service([["ip": "192.0.2.7"]], dns: "a\nPrivateKey = x")
    #expect(ServiceEndpoint.endpoint(written) == .known("192.0.2.7:30101"))
  }

  @Test func otherServicesSayNothing() {
    #expect(ServiceEndpoint.endpoint(service([["ip": "192.0.2.7"]], name: "milan-1-http")) == nil)
    #expect(ServiceEndpoint.endpoint(service([["ip": "192.0.2.7"]], type: "NodePort")) == nil)
    #expect(ServiceEndpoint.endpoint([:]) == nil)
  }

  private let body: JSON = [
    "kind": "Service",
    "metadata": ["name": "milan-1", "annotations": ["wpex.io/digest": "sha256:0", "example.net/a": "b"]],
    "spec": [
      "type": "LoadBalancer", "loadBalancerClass": "x", "externalTrafficPolicy": "Local", "selector": ["a": "b"],
    ],
  ]

  @Test func serviceGivesItsLoadBalancerUp() {
    let released = LoadBalancerRelease.manifest(of: body)
    #expect(released?["spec"] == ["type": "ClusterIP", "selector": ["a": "b"]])
    // A daemon that ends here applies the declaration the next time.
    #expect(released?["metadata"]?["annotations"] == ["example.net/a": "b"])
    #expect(LoadBalancerRelease.manifest(of: ["spec": ["type": "NodePort"]]) == nil)
  }

  @Test func onlyARefusedClassIsAReason() {
    func refusal(_ field: String) -> JSON { ["details": ["causes": [["field": .string(field)]]]] }
    #expect(LoadBalancerRelease.isNeeded(for: "Service", refusal("spec.loadBalancerClass")))
    #expect(!LoadBalancerRelease.isNeeded(for: "Service", refusal("spec.clusterIPs")))
    #expect(!LoadBalancerRelease.isNeeded(for: "Deployment", refusal("spec.loadBalancerClass")))
    #expect(!LoadBalancerRelease.isNeeded(for: "Service", [:]))
  }
}
