import ConfigModel
import SyncEngine
import TextFormats
import Testing

@testable import KubernetesTarget

/// The platform and the regions that a cluster belongs to.
@Suite struct ClusterOwnerTests {
  private static func claim(
    _ region: String, platform: String = "nordsud", of regions: [String: String?] = ["north": nil, "south": nil],
    served: Set<String>? = nil
  ) -> RegionClaim {
    var spec = PlatformSpec()
    spec.regions = regions.sorted { $0.key < $1.key }.map { name, prefix in
      var region = Region()
      region.name = name
      region.namespacePrefix = prefix
      return region
    }
    return RegionClaim(region, of: platform, spec, served: served ?? [region])
  }

  private static func refusal(_ owner: ClusterOwner, _ claim: RegionClaim) -> String? {
    owner.refusal(of: claim, namespace: "wpex-system")
  }

  @Test func aClusterBelongsToOnePlatform() {
    let owner = ClusterOwner(platform: "nordsud", regions: ["north": "wpex-"])
    #expect(Self.refusal(owner, Self.claim("north")) == nil)
    let other = Self.refusal(owner, Self.claim("north", platform: "ostwest")) ?? ""
    #expect(other.contains("belongs to the platform `nordsud`") && other.contains("`target.kubeconfig`"))
  }

  @Test func anotherRegionIsRefusedUnlessItsNamespacesDiffer() {
    let owner = ClusterOwner(platform: "nordsud", regions: ["north": "wpex-"])
    let refused = Self.refusal(owner, Self.claim("south")) ?? ""
    #expect(refused.contains("this cluster has region `north`") && refused.contains("`namespacePrefix`"))
    #expect(Self.refusal(owner, Self.claim("south", of: ["north": nil, "south": "wpex-s-"])) != nil)
    #expect(Self.refusal(owner, Self.claim("south", of: ["north": nil, "south": "south-"])) == nil)
  }

  @Test func aRegionThatLeftGivesWay() {
    let owner = ClusterOwner(platform: "nordsud", regions: ["old": "wpex-", "far": "far-"])
    let claim = Self.claim("north")
    #expect(Self.refusal(owner, claim) == nil)
    #expect(owner.with(claim).regions == ["north": "wpex-", "far": "far-"])
  }

  /// Which of two regions is in a new cluster is not known.
  @Test func regionsOfOneDaemonAreRefusedTogether() {
    let both: Set<String> = ["north", "south"]
    for region in both {
      let reason = ClusterOwner.ambiguity(of: Self.claim(region, served: both)) ?? ""
      #expect(reason.contains("set the daemon's `regions`"), "\(region): \(reason)")
    }
    #expect(ClusterOwner.ambiguity(of: Self.claim("north")) == nil)
    let apart: [String: String?] = ["north": nil, "south": "south-"]
    #expect(ClusterOwner.ambiguity(of: Self.claim("north", of: apart, served: both)) == nil)
    // Once a cluster has one of them, it goes on.
    let owner = ClusterOwner(platform: "nordsud", regions: ["north": "wpex-"])
    #expect(Self.refusal(owner, Self.claim("north", served: both)) == nil)
    #expect(Self.refusal(owner, Self.claim("south", served: both)) != nil)
    let empty = ClusterOwner(platform: "nordsud")
    #expect(Self.refusal(empty, Self.claim("north", served: both)) != nil)
  }

  @Test func whatIsStoredIsRead() {
    let owner = ClusterOwner(platform: "nordsud", regions: ["north": "wpex-", "a.b": ""])
    #expect(ClusterOwner(data: .object(owner.data)) == owner)
    #expect(ClusterOwner(data: ["region.north": "x"]) == nil)
    #expect(ClusterOwner(data: nil) == nil)
  }
}
