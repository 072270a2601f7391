import DeploymentPlanning
import Testing

@testable import KubernetesTarget

@Suite struct OwnNamespacesTests {
  private func object(_ kind: String, _ namespace: String?, _ name: String, org: String) -> LiveObject {
    LiveObject(
      id: ObjectID(apiVersion: "v1", kind: kind, namespace: namespace, name: name), org: org, relay: nil, digest: nil,
      isProtected: true)
  }

  @Test func objectsCountInNamespacesOfTheirOrganization() {
    let own = [
      object("Namespace", nil, "wpex-acme", org: "acme"), object("Secret", "wpex-acme", "r-keys", org: "acme"),
      object("Namespace", nil, "wpex-globex", org: "globex"), object("Deployment", "wpex-globex", "r", org: "globex"),
    ]
    let foreign = [
      object("Deployment", "elsewhere", "r", org: "acme"), object("Deployment", "wpex-globex", "r2", org: "acme"),
      object("Secret", "wpex-acme", "r2", org: "globex"), object("Deployment", "", "r", org: "acme"),
    ]
    #expect((own + foreign).inOwnNamespaces == own)
    #expect((foreign + own).inOwnNamespaces == own)
    #expect(foreign.inOwnNamespaces.isEmpty)
  }
}
