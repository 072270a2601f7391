/// A named set of permissions, global or inside one organization.
package struct RoleSpec: ResourceSpec {
  package static let kind = Kind.role

  /// Whether the role reaches over all organizations or one.
  package var scope = RoleScope.organization
  /// Permissions of the role's holders.
  package var permissions: [Permission] = []

  package init() {}

  package init(scope: RoleScope, permissions: [Permission]) {
    self.scope = scope
    self.permissions = permissions
  }
}

/// How far a role reaches.
package enum RoleScope: String, DocumentedEnumeration {
  case global
  case organization = "org"

  package var summary: String {
    switch self {
    case .global: "in every organization"
    case .organization: "in the user's own organization"
    }
  }
}
