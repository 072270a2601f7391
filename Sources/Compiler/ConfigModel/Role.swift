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

/// A permission.
///
/// This is the only list: pull-request checks, the daemon, the status API and Kubernetes RBAC all derive theirs from
/// it.
package enum Permission: String, DocumentedEnumeration {
  case platformWrite = "platform:write"
  case rolesWrite = "roles:write"
  case orgsRead = "orgs:read"
  case orgsWrite = "orgs:write"
  case usersRead = "users:read"
  case usersWrite = "users:write"
  case usersApprove = "users:approve"
  case keysRead = "keys:read"
  case keysWrite = "keys:write"
  case relaysRead = "relays:read"
  case relaysWrite = "relays:write"
  case metricsRead = "metrics:read"
  case auditRead = "audit:read"
  case diagnosticsRun = "diagnostics:run"

  package var summary: String {
    switch self {
    case .platformWrite: "change platform.yaml"
    case .rolesWrite: "change custom roles"
    case .orgsRead: "see organizations"
    case .orgsWrite: "change organizations, their limits and regions"
    case .usersRead: "see users"
    case .usersWrite: "change users with fewer rights"
    case .usersApprove: "approve pending users"
    case .keysRead: "see keys and their fingerprints"
    case .keysWrite: "change keys"
    case .relaysRead: "see relays"
    case .relaysWrite: "change relays"
    case .metricsRead: "see metrics and key figures"
    case .auditRead: "read the audit log"
    case .diagnosticsRun: "run ping and traceroute from a relay"
    }
  }

  /// Whether an organization's role may contain the permission; the others reach beyond one organization.
  package var isAllowedInOrganizations: Bool {
    switch self {
    case .platformWrite, .rolesWrite, .orgsWrite: false
    default: true
    }
  }
}

/// The four roles that exist without a document.
package enum BuiltInRole: String, DocumentedEnumeration {
  case admin
  case executive
  case engineer
  case viewer

  package var summary: String {
    switch self {
    case .admin: "global: everything"
    case .executive: "global, read-only: metrics and key figures of every organization, never key material"
    case .engineer: "own organization: relays, keys and users below engineer"
    case .viewer: "own organization, read-only"
    }
  }

  /// Scope and permissions of the role.
  package var spec: RoleSpec {
    switch self {
    case .admin: RoleSpec(scope: .global, permissions: Permission.allCases)
    case .executive: RoleSpec(scope: .global, permissions: [.orgsRead, .usersRead, .relaysRead, .metricsRead])
    case .engineer:
      RoleSpec(
        scope: .organization,
        permissions: [
          .orgsRead, .usersRead, .usersWrite, .usersApprove, .keysRead, .keysWrite, .relaysRead, .relaysWrite,
          .metricsRead, .auditRead, .diagnosticsRun,
        ])
    case .viewer:
      RoleSpec(scope: .organization, permissions: [.orgsRead, .usersRead, .keysRead, .relaysRead, .metricsRead])
    }
  }
}
