import ConfigModel
import Diagnostics

/// Kubernetes objects of one kind must have different names within an organization.
enum NameCollisions: OrganizationRule {
  static func check(_ unit: OrganizationUnit, _ context: RuleContext, _ report: inout Report) {
    var owners: [ObjectName: Declared<RelaySpec>?] = [:]
    for name in ObjectNames.ofOrganization { owners[name] = .some(nil) }
    for relay in unit.relays {
      for name in ObjectNames.ofRelay(relay.name) {
        guard let owner = owners[name] else {
          owners[name] = relay
          continue
        }
        report.add(
          .nameCollision,
          "the relay `\(relay.name)` creates a \(name.kind) `\(name.name)`, and so does "
            + (owner.map { "the relay `\($0.name)`" } ?? "every organization"),
          at: relay.place(.name), related: owner.map { [$0.place(.name, "the other relay")] } ?? [],
          help: "rename the relay")
      }
    }
  }
}
