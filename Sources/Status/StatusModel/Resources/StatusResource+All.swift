import AuditLog
import ConfigCompiler
import ConfigModel
import FleetMonitoring
import TextFormats

extension StatusResource {
  /// All resources, in the order of the reference.
  package static let all: [StatusResource] = [
    me, kpi, organizations, organization, users, roles, keys, key, relays, relay, peers, client, topology, alerts,
    auditRecords, auditVerification, sync, commits,
  ]

  /// Path prefix of every resource.
  static let prefix = "/api/v1"

  /// Creates a resource that returns a page of a list.
  private static func list<Entry>(
    _ name: String, _ path: String, _ summary: String, _ access: Access, _ topics: Set<StatusSnapshot.Topic>,
    _ view: ListView<Entry>, _ entries: @escaping @Sendable (ResourceRequest) throws(Refusal) -> ArraySlice<Entry>
  ) -> StatusResource {
    StatusResource(
      name: name, path: prefix + path, summary: summary, access: access, topics: topics, parameters: view.parameters,
      response: view.schema
    ) { request in
      try view.page(of: try entries(request), request.arguments, request.sight)
    }
  }

  /// Creates a resource that returns one object, or `Refusal.notFound` if `find` returns nil.
  private static func item<Value>(
    _ name: String, _ path: String, _ summary: String, _ access: Access, _ topics: Set<StatusSnapshot.Topic>,
    _ view: ObjectView<Value>, parameters: [Parameter] = [],
    _ find: @escaping @Sendable (ResourceRequest) throws(Refusal) -> Value?
  ) -> StatusResource {
    StatusResource(
      name: name, path: prefix + path, summary: summary, access: access, topics: topics, parameters: parameters,
      response: view.schema
    ) { request in
      guard let value = try find(request) else { throw Refusal.notFound }
      return view.json(value, request.sight)
    }
  }

  /// The viewer and its permissions.
  package static let me = StatusResource(
    name: "getMe", path: prefix + "/me", summary: "The current user and its permissions", access: .viewer, topics: nil,
    parameters: [], response: ViewerView.view.schema
  ) { request in ViewerView.view.json(ViewerView(viewer: request.viewer), request.sight) }

  /// Figures of everything the viewer may see.
  package static let kpi = item(
    "getKPI", "/kpi", "Metrics of everything the viewer can see", .somewhere([.metricsRead]),
    [.declared, .observed, .sync], KPIView.view
  ) { KPIView($0.sight) }

  /// List of organizations.
  package static let organizations = list(
    "listOrganizations", "/orgs", "Organizations", .somewhere([.orgsRead]), [.declared, .observed, .sync],
    DeclaredOrganization.list
  ) { $0.sight.organizations(.orgsRead) }

  /// One organization with its limits and figures.
  package static let organization = item(
    "getOrganization", "/orgs/{org}", "An organization with its limits and metrics", .inOrganization([.orgsRead]),
    [.declared, .observed, .sync], OrganizationDetail.view
  ) { request in
    request.sight.organization(request.org, .orgsRead).map { OrganizationDetail(organization: $0) }
  }

  /// List of users.
  package static let users = list(
    "listUsers", "/users", "Users", .somewhere([.usersRead]), [.declared, .sync], DeclaredUser.list
  ) { $0.sight.users(.usersRead) }

  /// List of roles.
  package static let roles = list(
    "listRoles", "/roles", "Roles and their permissions", .somewhere([.usersRead]), [.declared, .sync],
    DeclaredRole.list
  ) { ($0.sight.snapshot.model?.roles ?? [])[...] }

  /// List of keys.
  package static let keys = list(
    "listKeys", "/keys", "Keys", .somewhere([.relaysRead]), [.declared, .observed, .sync], DeclaredKey.list
  ) { $0.sight.keys(.relaysRead) }

  /// One key.
  package static let key = item(
    "getKey", "/keys/{org}/{name}", "A key", .inOrganization([.relaysRead]), [.declared, .observed, .sync],
    DeclaredKey.view
  ) { request in request.sight.key(request.org, request.name, .relaysRead) }

  /// List of relays.
  package static let relays = list(
    "listRelays", "/relays", "Relays", .somewhere([.relaysRead]), [.declared, .observed], RelayRow.list
  ) { $0.sight.relays(.relaysRead) }

  /// One relay in full detail.
  package static let relay = item(
    "getRelay", "/relays/{org}/{name}", "A relay in full detail", .inOrganization([.relaysRead]),
    [.declared, .observed, .sync], RelayDetail.view
  ) { request in
    request.sight.relay(request.org, request.name, .relaysRead).map { RelayDetail(row: $0) }
  }

  /// List of a relay's active keys, with their sessions.
  package static let peers = list(
    "listPeers", "/relays/{org}/{name}/peers", "The active keys of a relay, as the relay reports them",
    .inOrganization([.relaysRead, .metricsRead]), [.declared, .observed], PeerRow.list
  ) { (request: ResourceRequest) throws(Refusal) in
    guard let row = request.sight.relay(request.org, request.name, .relaysRead) else { throw .notFound }
    return request.sight.peers(of: row)[...]
  }

  /// WireGuard configuration of a site, without any key material.
  package static let client = item(
    "getClientConfiguration", "/relays/{org}/{name}/clients/{key}", "A site's WireGuard configuration, without any key",
    .inOrganization([.relaysRead]), [.declared, .observed], ClientConfiguration.view
  ) { request in
    let sight = request.sight
    guard let row = sight.relay(request.org, request.name, .relaysRead),
      let name = request.arguments.path["key"], row.declared.activeKeys.contains(name),
      let key = sight.key(request.org, name, .relaysRead)
    else { return nil }
    let access = row.declared.access
    let others = sight.peers(of: row).map(\.key).filter { other in
      other.name != name && access?.permits(name, other.name) ?? true
    }
    return ClientConfiguration(
      row: row, key: key, others: others, showsFingerprints: sight.allows(.keysRead, in: request.org))
  }

  /// Live sessions between keys and relays.
  package static let topology = item(
    "getTopology", "/topology", "Which keys are connected to which relays, as relays report it",
    .somewhere([.relaysRead, .metricsRead]), [.declared, .observed], Topology.view,
    parameters: [
      Parameter("org", .text(maxLength: 64), "only this organization"),
      Parameter("region", .text(maxLength: 64), "only relays of this region"),
    ]
  ) { request in
    let rows = request.sight.relays(.relaysRead).filter { row in
      request.sight.allows(.metricsRead, in: row.org)
        && request.arguments["org"].map { row.org == $0 } ?? true
        && request.arguments["region"].map { row.declared.spec.regions.contains($0) } ?? true
    }
    return Topology(Array(rows), request.sight)
  }

  /// List of current alerts.
  package static let alerts = list(
    "listAlerts", "/alerts", "Current alerts", .somewhere([.metricsRead]), [.declared, .observed, .sync],
    AlertView.list
  ) { $0.sight.alerts(.metricsRead).map { AlertView(alert: $0) }[...] }

  /// State of the sync.
  package static let sync = item(
    "getSync", "/sync", "State of the sync", .somewhere([.relaysRead]), [.declared, .observed, .sync], SyncView.view
  ) { SyncView($0.sight) }

  /// List of commits of the followed branch.
  package static let commits = list(
    "listCommits", "/sync/commits", "Commits of the followed branch, newest first", .somewhere([.relaysRead]),
    [.declared, .sync], CommitRecord.list
  ) { $0.sight.commits(.relaysRead)[...] }

  /// Result of the last verification of the audit log.
  package static let auditVerification = StatusResource(
    name: "getAuditVerification", path: prefix + "/audit/verification",
    summary: "Whether the audit log is intact", access: .everywhere([.auditRead]), topics: nil,
    parameters: [], response: AuditVerification.view.schema
  ) { request in
    let verification =
      await request.audit?.verification
      ?? AuditVerification(state: .unavailable, message: "this server reads no audit log")
    return AuditVerification.view.json(verification, request.sight)
  }
}

extension ResourceRequest {
  /// Variable `org` of the path; empty if it has none.
  var org: String { arguments.path["org"] ?? "" }
  /// Variable `name` of the path; empty if it has none.
  var name: String { arguments.path["name"] ?? "" }
}
