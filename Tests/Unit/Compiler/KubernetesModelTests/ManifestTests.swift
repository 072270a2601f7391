import KubernetesModel
import TextFormats
import TestSupport
import Testing

@Suite("Manifests")
struct ManifestTests {
  @Test("every kind is written as its golden file says", arguments: SampleManifests.all.indices)
  func golden(index: Int) throws {
    let manifest = try AnyManifest(SampleManifests.all[index])
    expectGolden(manifest.yaml(), at: folder() + "/Golden/\(manifest.kind).yaml")
  }

  @Test(
    "kinds and their API versions",
    arguments: [
      (Namespace.self, "v1", "Namespace"), (ResourceQuota.self, "v1", "ResourceQuota"),
      (LimitRange.self, "v1", "LimitRange"), (NetworkPolicy.self, "networking.k8s.io/v1", "NetworkPolicy"),
      (RoleBinding.self, "rbac.authorization.k8s.io/v1", "RoleBinding"), (Secret.self, "v1", "Secret"),
      (Service.self, "v1", "Service"), (PodDisruptionBudget.self, "policy/v1", "PodDisruptionBudget"),
      (Deployment.self, "apps/v1", "Deployment"), (PodMonitor.self, "monitoring.coreos.com/v1", "PodMonitor"),
      (Kustomization.self, "kustomize.config.k8s.io/v1beta1", "Kustomization"),
    ] as [(any Manifest.Type, String, String)])
  func kinds(_ type: any Manifest.Type, apiVersion: String, kind: String) {
    #expect(type.apiVersion == apiVersion)
    #expect(type.apiVersion(for: .newest) == apiVersion)
    #expect(type.kind == kind)
  }

  @Test(
    "a disruption budget's API version goes with the cluster's release",
    arguments: [("1.20", "policy/v1beta1"), ("1.21", "policy/v1"), ("1.37", "policy/v1"), ("2.0", "policy/v1")])
  func budgets(release: String, apiVersion: String) throws {
    let version = try #require(KubernetesVersion(parsing: release))
    let manifest = try AnyManifest(SampleManifests.podDisruptionBudget, for: version)
    #expect(manifest.apiVersion == apiVersion)
    #expect(manifest.body["apiVersion"] == .string(apiVersion))
  }

  @Test("apiVersion, kind and metadata come first", arguments: SampleManifests.all.indices)
  func order(index: Int) throws {
    guard case .object(let members) = try AnyManifest(SampleManifests.all[index]).body else {
      Issue.record("not an object")
      return
    }
    #expect(members.pairs.prefix(3).map(\.name) == ["apiVersion", "kind", "metadata"])
  }

  @Test("what is nil or empty is not written, an empty structure is")
  func omission() throws {
    let closed = NetworkPolicy(
      metadata: ObjectMeta(name: "default-deny"),
      spec: .init(podSelector: LabelSelector(), policyTypes: [.ingress, .egress]))
    #expect(
      try AnyManifest(closed).yaml() == """
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata:
          name: default-deny
        spec:
          podSelector: {}
          policyTypes:
          - Ingress
          - Egress

        """)
    let container = try ManifestEncoder().encode(Container(name: "relay", image: "relay:1"))
    #expect(container == ["name": "relay", "image": "relay:1"])
  }

  @Test("the same manifests in any order are sorted by their dependencies")
  func order() throws {
    var manifests = try SampleManifests.all.map { try AnyManifest($0) }
    manifests.append(try AnyManifest(Namespace(metadata: ObjectMeta(name: "wpex-Zeta"))))
    #expect(manifests.reversed().sorted() == manifests.sorted())
    #expect(
      manifests.sorted().map(\.kind) == [
        "Namespace", "Namespace", "ResourceQuota", "LimitRange", "NetworkPolicy", "RoleBinding", "Secret", "Service",
        "PodDisruptionBudget", "Deployment", "PodMonitor", "Kustomization",
      ])
    #expect(manifests.sorted().first?.name == "wpex-Zeta")
  }

  @Test("a secret's bytes show in no description")
  func redaction() {
    let secret = Secret(metadata: ObjectMeta(name: "keys"), data: ["key": .init("hunter2".utf8)])
    var dumped = ""
    dump(secret, to: &dumped)
    for text in ["\(secret)", String(reflecting: secret), dumped] {
      #expect(text.contains("7 bytes"))
      #expect(!text.contains("hunter2") && !text.contains("104") && !text.contains("aHVudGVyMg"))
    }
  }
}
