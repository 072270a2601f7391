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
