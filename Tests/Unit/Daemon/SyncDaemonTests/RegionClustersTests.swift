import ConfigModel
import KubernetesClient
import TestSupport
import Testing

@testable import SyncDaemon

/// Which cluster a region is in, by the settings and its `cluster`.
@Suite struct RegionClustersTests {
  private static let kubeconfig = """
    apiVersion: v1
    kind: Config
    current-context: home
    contexts:
    - { name: home, context: { cluster: c, user: u } }
    - { name: far, context: { cluster: c, user: u } }
    clusters: [{ name: c, cluster: { server: "https://192.0.2.1:6443" } }]
    users: [{ name: u, user: { token: t } }]

    """

  private static func withKubeconfig<Value>(_ body: (String) throws -> Value) throws -> Value {
    try ExternalCommand.withFolder { folder in
      try ExternalCommand.write(Array(kubeconfig.utf8), to: "\(folder)/config")
      return try body("\(folder)/config")
    }
  }

  private static func region(_ cluster: String, _ name: String = "north") -> Region {
    var region = Region()
    region.name = name
    region.cluster = cluster
    return region
  }

  @Test(
    arguments: [
      ("in-cluster", nil, .own), ("home", nil, .own), ("far", nil, .context("far")), ("far", "far", .own),
      ("home", "far", .context("home")), ("in-cluster", "far", .own),
    ] as [(String, String?, RegionClusters.Place)])
  func aContextIsACluster(_ cluster: String, _ own: String?, _ place: RegionClusters.Place) throws {
    try Self.withKubeconfig { (path: String) throws in
      let clusters = RegionClusters(kubeconfig: path, context: own)
      #expect(try clusters.place(of: Self.region(cluster)) == place)
      #expect(clusters.name(of: .own) == own ?? "home" && clusters.canBeSeveral)
      #expect(clusters.has("far") && !clusters.has("near"))
    }
  }

  @Test func anUnknownContextIsNamed() throws {
    try Self.withKubeconfig { (path: String) throws in
      let clusters = RegionClusters(kubeconfig: path)
      let error = #expect(throws: KubernetesClientError.self) { try clusters.place(of: Self.region("near")) }
      let text = error?.description ?? ""
      #expect(text.contains("region `north` is in the cluster `near`") && text.contains("but `far`, `home`"))
    }
  }

  @Test func withoutAKubeconfigThereIsOneCluster() throws {
    let clusters = RegionClusters(kubeconfig: nil)
    #expect(!clusters.canBeSeveral)
    #expect(try clusters.place(of: Self.region("in-cluster")) == .own)
    let error = #expect(throws: KubernetesClientError.self) { try clusters.place(of: Self.region("far")) }
    #expect(error?.description.contains("set `target.context` to `far` if that is this cluster") == true)
    #expect(try RegionClusters(kubeconfig: nil, context: "far").place(of: Self.region("far")) == .own)
  }

  @Test func theRegionsOfAPlatformAreSorted() throws {
    var spec = PlatformSpec()
    spec.regions = [
      Self.region("far", "a"), Self.region("in-cluster", "b"), Self.region("far", "c"), Self.region("lost", "d"),
      Self.region("far", "e"),
    ]
    try Self.withKubeconfig { (path: String) throws in
      let (regions, problems) = RegionClusters(kubeconfig: path, served: ["a", "b", "c", "d"]).places(of: spec)
      #expect(regions == [.context("far"): ["a", "c"], .own: ["b"]])
      #expect(problems.map(\.region) == ["d"])
    }
    let (none, all) = RegionClusters(kubeconfig: "/nowhere", served: ["a"]).places(of: spec)
    #expect(none.isEmpty && all.first?.reason.description.contains("/nowhere") == true)
  }
}
