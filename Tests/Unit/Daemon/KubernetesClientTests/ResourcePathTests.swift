import KubernetesModel
import Testing

@testable import KubernetesClient

@Suite struct ResourcePathTests {
  @Test(
    arguments: [
      ("Namespace", "v1", nil, "acme", "/api/v1/namespaces/acme"),
      ("Secret", "v1", "acme", "keys", "/api/v1/namespaces/acme/secrets/keys"),
      (
        "NetworkPolicy", "networking.k8s.io/v1", "acme", "relay",
        "/apis/networking.k8s.io/v1/namespaces/acme/networkpolicies/relay"
      ),
      ("Deployment", "apps/v1", "acme", "a/b?c", "/apis/apps/v1/namespaces/acme/deployments/a%2Fb%3Fc"),
      ("Lease", "coordination.k8s.io/v1", "w", "l", "/apis/coordination.k8s.io/v1/namespaces/w/leases/l"),
    ] as [(String, String, String?, String, String)])
  func anObjectHasThePathOfTheAPI(
    _ kind: String, _ apiVersion: String, _ namespace: String?, _ name: String, _ path: String
  ) {
    #expect(ResourcePath.one(kind, apiVersion, namespace, name) == path)
  }

  @Test func everyManagedKindHasACollection() {
    for kind in ManagedKinds.inOrder.map({ $0.kind }) { #expect(ResourcePath.all(kind, "v1") != nil) }
    #expect(ResourcePath.all("NetworkPolicy", "networking.k8s.io/v1") == "/apis/networking.k8s.io/v1/networkpolicies")
    #expect(ResourcePath.all("Pod", "v1") == nil)
    #expect(ResourcePath.one("Pod", "v1", "acme", "p") == nil)
  }
}
