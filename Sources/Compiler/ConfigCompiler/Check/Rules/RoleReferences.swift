import Diagnostics
import ConfigModel
import ConfigSchema

/// Users of an organization must hold existing roles, and only those for organizations.
enum RoleReferences: OrganizationRule {
  static func check(_ unit: OrganizationUnit, _ context: RuleContext, _ report: inout Report) {
    for user in unit.users { checkRoles(of: user, scope: .organization, context.platform, &report) }
  }

  /// Reports roles of `user` that do not exist or have another scope.
  static func checkRoles(
    of user: Declared<UserSpec>, scope: RoleScope, _ platform: PlatformUnit, _ report: inout Report
  ) {
    for (index, name) in user.spec.roles.enumerated() {
      let place = user.place(["spec", "roles", .index(index)])
      guard let role = platform.role(name) else {
        // A role whose document is faulty may be the one that is meant.
        guard !platform.incompleteKinds.contains(.role) else { continue }
        let nearest = Spelling.nearest(to: name, among: platform.roleNames)
        report.add(
          .unknownRole, "there is no role `\(name)`",
          at: Place(place.document, place.path, nearest.map { "did you mean `\($0)`?" }),
          help: "the roles are \(platform.roleNames.map { "`\($0)`" }.joined(separator: ", "))",
          fixes: nearest.map { [report.replacement(of: place, named: name, by: $0)] } ?? [])
        continue
      }
      guard role.scope != scope else { continue }
      report.add(
        .roleOfWrongScope,
        scope == .organization
          ? "`\(name)` is a global role, but `\(user.name)` is a user of an organization"
          : "`\(name)` is an organization role, but `\(user.name)` is a global user",
        at: place,
        related: platform.roles.first { $0.name == name }.map { [$0.place(["spec", "scope"], "its scope")] } ?? [],
        help: scope == .organization
          ? "give the user an organization role, or declare the user under users/ (only an admin can)"
          : "give the user a global role, or declare the user under orgs/<org>/users/")
    }
  }
}
