import ConfigModel
import Diagnostics

/// An organization's port range must lie within the ports of at least one region that it may use.
enum OrganizationPortRange: OrganizationRule {
  static func check(_ unit: OrganizationUnit, _ context: RuleContext, _ report: inout Report) {
    guard let organization = unit.organization, let range = organization.spec.portRange,
      let platform = context.platform.platform
    else { return }
    let regions = organization.spec.allowedRegions.compactMap { name in
      platform.spec.regions.firstIndex { $0.name == name }
    }
    guard !regions.isEmpty else { return }
    let fits = regions.contains { platform.spec.regions[$0].portRange.map { $0.contains(range) } ?? true }
    guard !fits else { return }
    report.add(
      .portRangeOutsideRegion, "the ports \(range) of `\(unit.name)` are not within the range of any allowed region",
      at: organization.place(["spec", "portRange"]),
      related: regions.map { index in
        let region = platform.spec.regions[index]
        return platform.place(
          FieldPath(["spec", "regions", .index(index), "portRange"]), "the ports of `\(region.name)`")
      }, help: "choose a range within a region's ports")
  }
}
