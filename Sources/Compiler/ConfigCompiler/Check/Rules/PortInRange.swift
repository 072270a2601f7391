import ConfigModel
import Diagnostics

/// A relay's ports must lie within the ports of each of its regions and of its organization.
enum PortInRange: OrganizationRule {
  static func check(_ unit: OrganizationUnit, _ context: RuleContext, _ report: inout Report) {
    guard let platform = context.platform.platform else { return }
    for relay in unit.relays {
      for (port, field) in relay.spec.portFields { check(port, field, of: relay, unit, platform, &report) }
    }
  }

  private static func check(
    _ port: Int, _ field: FieldPath, of relay: Declared<RelaySpec>, _ unit: OrganizationUnit,
    _ platform: Declared<PlatformSpec>, _ report: inout Report
  ) {
    for region in relay.spec.regions {
      guard let index = platform.spec.regions.firstIndex(where: { $0.name == region }),
        let range = platform.spec.regions[index].portRange, !range.contains(port)
      else { continue }
      report.add(
        .portOutsideRegion, "port \(port) is outside \(range), the ports of region `\(region)`",
        at: relay.place(field),
        related: [
          platform.place(FieldPath(["spec", "regions", .index(index), "portRange"]), "the region's ports")
        ],
        help: "choose a port from \(usable(range, unit.organization?.spec.portRange))")
    }
    if let organization = unit.organization, let range = organization.spec.portRange, !range.contains(port) {
      report.add(
        .portOutsideOrganization, "port \(port) is outside \(range), the ports of `\(unit.name)`",
        at: relay.place(field),
        related: [organization.place(["spec", "portRange"], "the organization's ports")],
        help: "choose a port from \(range)")
    }
  }

  private static func usable(_ region: PortRange, _ organization: PortRange?) -> String {
    guard let organization,
      let both = PortRange(low: max(region.low, organization.low), high: min(region.high, organization.high))
    else { return "\(region)" }
    return "\(both)"
  }
}

extension RelaySpec {
  /// The ports that the relay takes in each of its regions, each with the field that sets it.
  var portFields: [(port: Int, path: FieldPath)] {
    var fields: [(port: Int, path: FieldPath)] = [(port, ["spec", "port"])]
    if let clusterPort { fields.append((clusterPort, ["spec", "clusterPort"])) }
    return fields
  }
}
