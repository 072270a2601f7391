import ConfigModel
import Diagnostics

/// An organization's name must not lead to a namespace of wpex or Kubernetes: the organization would have rights in it.
enum ReservedNames: OrganizationRule {
  static func check(_ unit: OrganizationUnit, _ context: RuleContext, _ report: inout Report) {
    guard let organization = unit.organization, let platform = context.platform.platform else { return }
    let namespace = platform.spec.namespace(ofOrganization: unit.name)
    guard let owner = ReservedNamespace.owner(of: namespace) else { return }
    report.add(
      .reservedName, "the namespace of `\(unit.name)` would be `\(namespace)`, which is \(owner)",
      at: organization.place(.name),
      related: [platform.place(["spec", "namespacePrefix"], "the prefix is declared here")],
      help: "rename the organization")
  }
}
