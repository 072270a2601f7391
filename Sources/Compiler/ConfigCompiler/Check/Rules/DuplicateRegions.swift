import ConfigModel
import Diagnostics

/// Region names must be unique.
enum DuplicateRegions: PlatformRule {
  static func check(_ unit: PlatformUnit, _ context: RuleContext, _ report: inout Report) {
    guard let platform = unit.platform else { return }
    var first: [String: Int] = [:]
    for (index, region) in platform.spec.regions.enumerated() {
      guard let earlier = first[region.name] else {
        first[region.name] = index
        continue
      }
      report.add(
        .duplicateRegion, "the region `\(region.name)` is declared twice",
        at: platform.place(["spec", "regions", .index(index), "name"]),
        related: [platform.place(["spec", "regions", .index(earlier), "name"], "first declared here")],
        help: "rename one of them")
    }
  }
}
