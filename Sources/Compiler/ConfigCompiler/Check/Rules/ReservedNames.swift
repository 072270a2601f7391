import ConfigModel
import Diagnostics

/// An organization's name must not lead to a namespace of wpex or Kubernetes: the organization would have rights in it.
enum ReservedNames: OrganizationRule {
  static func check(_ unit: OrganizationUnit, _ context: RuleContext, _ report: inout Report) {
    guard let organization = unit.organization, let platform = context.platform.platform else { return }
    var seen: Set<String> = []
    for (prefix, field) in platform.spec.prefixes {
      let namespace = prefix + unit.name
      guard seen.insert(namespace).inserted, let owner = ReservedNamespace.owner(of: namespace) else { continue }
      report.add(
        .reservedName, "the namespace of `\(unit.name)` would be `\(namespace)`, which is \(owner)",
        at: organization.place(.name),
        related: [platform.place(field, "the prefix is declared here")],
        help: "rename the organization")
    }
  }
}

extension PlatformSpec {
  /// Prefixes of the namespaces of all regions, with the field that declares each.
  fileprivate var prefixes: [(prefix: String, field: FieldPath)] {
    regions.enumerated().map { index, region in
      guard let own = region.namespacePrefix else { return (namespacePrefix, ["spec", "namespacePrefix"]) }
      return (own, FieldPath(["spec", "regions", .index(index), "namespacePrefix"]))
    }
  }
}
