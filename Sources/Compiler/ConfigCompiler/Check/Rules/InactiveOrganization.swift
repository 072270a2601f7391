import ConfigModel
import Diagnostics

/// Relays may run only if their organization is active.
enum InactiveOrganization: OrganizationRule {
  static func check(_ unit: OrganizationUnit, _ context: RuleContext, _ report: inout Report) {
    guard let organization = unit.organization, organization.spec.status != .active else { return }
    for relay in unit.relays where relay.spec.state == .running {
      let place = relay.place(["spec", "state"])
      report.add(
        .relayOfInactiveOrganization,
        "relay `\(relay.name)` should run, but `\(unit.name)` is \(organization.spec.status.rawValue)", at: place,
        related: [organization.place(["spec", "status"], "the organization's status")],
        help: "write `state: stopped`, or ask an admin to activate the organization")
    }
  }
}
