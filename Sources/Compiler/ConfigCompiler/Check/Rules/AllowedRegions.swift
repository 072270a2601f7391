import ConfigModel
import Diagnostics

/// Relays may run only in the regions that their organization is allowed to use.
enum AllowedRegions: OrganizationRule {
  static func check(_ unit: OrganizationUnit, _ context: RuleContext, _ report: inout Report) {
    guard let organization = unit.organization, let platform = context.spec else { return }
    let allowed = organization.spec.allowedRegions
    for relay in unit.relays {
      // `RegionReferences` reports unknown regions.
      for (region, path) in relay.spec.regionFields
      where !allowed.contains(region) && platform.region(region) != nil {
        report.add(
          .regionNotAllowed, "`\(unit.name)` is not allowed to run relays in region `\(region)`",
          at: relay.place(path),
          related: [organization.place(["spec", "allowedRegions"], "the allowed regions")],
          help: allowed.isEmpty
            ? "an admin must allow the region in the organization's allowedRegions"
            : "use \(allowed.map { "`\($0)`" }.joined(separator: " or ")), or ask an admin to allow the region")
      }
    }
  }
}
