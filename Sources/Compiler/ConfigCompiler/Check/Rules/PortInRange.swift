import ConfigModel
import Diagnostics

/// A relay's port must lie within the ports of its region and of its organization.
enum PortInRange: OrganizationRule {
  static func check(_ unit: OrganizationUnit, _ context: RuleContext, _ report: inout Report) {
    guard let platform = context.platform.platform else { return }
    for relay in unit.relays {
      let port = relay.spec.port
      if let index = platform.spec.regions.firstIndex(where: { $0.name == relay.spec.region }),
        let range = platform.spec.regions[index].portRange, !range.contains(port)
      {
        report.add(
          .portOutsideRegion, "port \(port) is outside \(range), the ports of region `\(relay.spec.region)`",
          at: relay.place(["spec", "port"]),
          related: [
            platform.place(FieldPath(["spec", "regions", .index(index), "portRange"]), "the region's ports")
          ],
          help: "choose a port from \(PortInRange.usable(range, unit.organization?.spec.portRange))")
      }
      if let organization = unit.organization, let range = organization.spec.portRange, !range.contains(port) {
        report.add(
          .portOutsideOrganization, "port \(port) is outside \(range), the ports of `\(unit.name)`",
          at: relay.place(["spec", "port"]),
          related: [organization.place(["spec", "portRange"], "the organization's ports")],
          help: "choose a port from \(range)")
      }
    }
  }

  private static func usable(_ region: PortRange, _ organization: PortRange?) -> String {
    guard let organization,
      let both = PortRange(low: max(region.low, organization.low), high: min(region.high, organization.high))
    else { return "\(region)" }
    return "\(both)"
  }
}
