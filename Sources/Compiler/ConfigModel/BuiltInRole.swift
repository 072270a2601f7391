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
