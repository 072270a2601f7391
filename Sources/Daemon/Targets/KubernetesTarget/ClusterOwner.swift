import ConfigModel
import SyncEngine
import TextFormats

/// The platform and the regions that a cluster belongs to, as the ConfigMap `wpex-cluster` of the daemon's namespace says.
struct ClusterOwner: Equatable {
  /// Name of the ConfigMap.
  static let name = "wpex-cluster"
  private static let platformKey = "platform"
  private static let regionKey = "region."

  /// Name of the platform.
  var platform: String
  /// Prefixes of the regions' namespaces, by region.
  var regions: [String: String]

  init(platform: String, regions: [String: String] = [:]) {
    self.platform = platform
    self.regions = regions
  }

  /// - Parameter data: the ConfigMap's `data`.
  /// - Returns: Nil if it names no platform.
  init?(data: JSON?) {
    guard let platform = data?[Self.platformKey]?.text, case .object(let members)? = data else { return nil }
    self.platform = platform
    regions = [:]
    for pair in members.pairs where pair.name.hasPrefix(Self.regionKey) {
      regions[String(pair.name.dropFirst(Self.regionKey.count))] = pair.value.text ?? ""
    }
  }

  /// The ConfigMap's `data`.
  var data: JSON.Members {
    var members: JSON.Members = [Self.platformKey: .string(platform)]
    for (region, prefix) in regions.sorted(by: { $0.key < $1.key }) {
      members[Self.regionKey + region] = .string(prefix)
    }
    return members
  }

  /// Why a region must not be applied to this cluster; nil if it may be.
  func refusal(of claim: RegionClaim, namespace: String) -> String? {
    guard platform == claim.platform else {
      return "this cluster belongs to the platform `\(platform)`, says the ConfigMap `\(Self.name)` in \(namespace), "
        + "and not to `\(claim.platform)`: correct the region's `cluster`, or set `target.kubeconfig` and `target.context`, or another "
        + "`target.namespace` for a second platform in this cluster. If the platform was renamed, delete the ConfigMap"
    }
    let others = regions.filter { region, prefix in
      // A region that left the declaration gives way to the one that has its namespaces now.
      region != claim.region && claim.declared[region] != nil && Self.meets(prefix, claim.prefix)
    }
    guard let other = others.keys.min() else { return Self.ambiguity(of: claim, known: self) }
    return "this cluster has region `\(other)`, says the ConfigMap `\(Self.name)` in \(namespace), and the namespaces "
      + "of `\(claim.region)` could be the same: \(Self.advice(claim.region, other))"
  }

  /// Why a region must not be the first one of a cluster; nil if it may be.
  ///
  /// If the daemon serves several regions that could have the same namespaces, which of them is in this cluster is not known.
  static func ambiguity(of claim: RegionClaim, known: ClusterOwner? = nil) -> String? {
    guard known?.regions[claim.region] == nil else { return nil }
    let rivals = claim.served.filter { $0 != claim.region && meets(claim.declared[$0], claim.prefix) }
    guard let other = rivals.min() else { return nil }
    return "this daemon would apply `\(claim.region)` and `\(other)` to one cluster, where their namespaces could be "
      + "the same: " + advice(claim.region, other)
  }

  private static func advice(_ region: String, _ other: String) -> String {
    "if each has a cluster of its own, set the daemon's `regions` to the one of its cluster, or name contexts of "
      + "`target.kubeconfig` in `cluster`; if they share this cluster, give `\(region)` or `\(other)` a `namespacePrefix`"
  }

  private static func meets(_ one: String?, _ other: String?) -> Bool {
    guard let one, let other else { return false }
    return PlatformSpec.canMeet(one, other)
  }

  /// The owner once a region is applied. Regions that are declared no more and whose namespaces it takes are forgotten.
  func with(_ claim: RegionClaim) -> ClusterOwner {
    var owner = self
    owner.regions = owner.regions.filter { region, prefix in
      claim.declared[region] != nil || !Self.meets(prefix, claim.prefix)
    }
    owner.regions[claim.region] = claim.prefix
    return owner
  }
}
