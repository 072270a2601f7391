import ConfigModel
import ConfigSchema
import Diagnostics

/// Regions with the same kubeconfig context share a cluster, so their namespaces and node ports must differ.
///
/// Regions with `in-cluster` have a cluster each: the one that the region's own daemon runs in.
enum SharedClusters: PlatformRule {
  static func check(_ unit: PlatformUnit, _ context: RuleContext, _ report: inout Report) {
    guard let platform = unit.platform else { return }
    let regions = platform.spec.regions
    var earlier: [String: [Int]] = [:]
    for (index, region) in regions.enumerated() where region.cluster != Region.inCluster {
      let others = earlier[region.cluster] ?? []
      earlier[region.cluster] = others + [index]
      // One error for each region, however many others there are.
      if let other = others.first(where: { canMeet(regions[$0], region, in: platform.spec) }) {
        refuseNamespaces(platform, other, index, &report)
      } else if let other = others.first(where: { shareNodePorts(regions[$0], region) }) {
        refusePorts(platform, other, index, &report)
      }
    }
  }

  /// Whether an organization of one region could have the namespace of an organization of the other.
  private static func canMeet(_ one: Region, _ other: Region, in spec: PlatformSpec) -> Bool {
    PlatformSpec.canMeet(spec.namespacePrefix(in: one.name), spec.namespacePrefix(in: other.name))
  }

  private static func refuseNamespaces(
    _ platform: Declared<PlatformSpec>, _ first: Int, _ second: Int, _ report: inout Report
  ) {
    let (one, other) = (platform.spec.regions[first], platform.spec.regions[second])
    let prefixes = [one, other].map { platform.spec.namespacePrefix(in: $0.name) }
    let related = [first, second].map { index in
      let region = platform.spec.regions[index]
      let prefix = platform.spec.namespacePrefix(in: region.name)
      let own = FieldPath(["spec", "regions", .index(index), "namespacePrefix"])
      return platform.place(
        region.namespacePrefix == nil ? ["spec", "namespacePrefix"] : own, "`\(prefix)…` in `\(region.name)`")
    }
    let isSame = prefixes.first == prefixes.last
    report.add(
      .sharedCluster,
      "the regions `\(one.name)` and `\(other.name)` are in one cluster, where "
        + (isSame ? "their namespaces would be the same" : "a namespace of one could be one of the other"),
      at: platform.place(["spec", "regions", .index(second), "cluster"], "the same cluster"),
      related: [platform.place(["spec", "regions", .index(first), "cluster"], "the cluster of `\(one.name)`")]
        + (isSame ? [] : related),
      notes: isSame ? [] : ["`a-` before `b-c` and `a-b-` before `c` are the same namespace"],
      help: "name another context in `cluster`, or give one of the regions a `namespacePrefix` of its own"
        + (suggestion(for: other, beside: prefixes.first).map { ", such as `\($0)`" } ?? ""))
  }

  /// A prefix that leads to other namespaces than another one; nil if the region's name does not make one.
  private static func suggestion(for region: Region, beside other: String?) -> String? {
    let prefix = "\(region.name)-"
    guard let other, StringFormat.namespacePrefix.length.contains(prefix.utf8.count),
      !PlatformSpec.canMeet(prefix, other)
    else { return nil }
    return prefix
  }

  /// Whether two regions of one cluster can have relays at the same node port, which a cluster has once.
  private static func shareNodePorts(_ one: Region, _ other: Region) -> Bool {
    guard one.exposure == .nodePort, other.exposure == .nodePort, let first = one.portRange,
      let second = other.portRange
    else { return false }
    return first.low <= second.high && second.low <= first.high
  }

  private static func refusePorts(
    _ platform: Declared<PlatformSpec>, _ first: Int, _ second: Int, _ report: inout Report
  ) {
    let (one, other) = (platform.spec.regions[first], platform.spec.regions[second])
    report.add(
      .sharedNodePorts,
      "the regions `\(one.name)` and `\(other.name)` are in one cluster, and their port ranges overlap",
      at: platform.place(["spec", "regions", .index(second), "portRange"], "overlaps"),
      related: [platform.place(["spec", "regions", .index(first), "portRange"], "the ports of `\(one.name)`")],
      notes: ["a cluster has each node port once"],
      help: "give each of the regions ports of its own")
  }
}
