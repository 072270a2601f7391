import ConfigModel
import Diagnostics

/// No organization is called so that its namespace is one of wpex' or Kubernetes' own, whose rights it would have.
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
