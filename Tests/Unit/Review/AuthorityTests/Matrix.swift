import ConfigModel
import Diagnostics
import RepositorySupport

/// Everybody who may act in the matrix: each role, with each status of the user and, where it has one, of the
/// organization.
struct MatrixActor: Sendable {
  /// `admin`, `executive`, `engineer`, `viewer`, `keeper` (a custom role), or `stranger`.
  let role: String
  let status: String
  /// The status of acme; nil for global users and strangers.
  let organization: String?

  /// To be shown: `engineer-active of an organization that is pending`.
  var id: String { organization.map { "\(name) of an organization that is \($0)" } ?? name }
  var isActive: Bool { status == "active" && organization ?? "active" == "active" }
  var name: String { "\(role)-\(status)" }
  var account: String { role == "stranger" ? "github:stranger" : "user:\(organization == nil ? "" : "acme/")\(name)" }
  /// The path of its own document.
  var path: String { (organization == nil ? "users/" : "orgs/acme/users/") + name + ".yaml" }

  static let statuses = ["active", "pending", "disabled"]
  static let all: [MatrixActor] =
    ["admin", "executive"].flatMap { role in
      statuses.map { MatrixActor(role: role, status: $0, organization: nil) }
    }
    + statuses.flatMap { organization in
      ["engineer", "viewer", "keeper"].flatMap { role in
        statuses.map { MatrixActor(role: role, status: $0, organization: organization) }
      }
    } + [MatrixActor(role: "stranger", status: "active", organization: nil)]
}

/// The repository before every change: acme with all its actors, and globex.
enum MatrixWorld {
  static func base(acme status: String) -> MemoryRepository {
    var repository = MemoryRepository(Example([]))
    for actor in MatrixActor.all where actor.role != "stranger" && actor.organization ?? status == status {
      repository.set(actor.path, user(actor.name, actor.role, status: actor.status))
    }
    for org in ["acme", "globex"] {
      repository.set("orgs/\(org)/users/vera.yaml", user("vera", "viewer", status: "active"))
      repository.set("orgs/\(org)/users/paul.yaml", user("paul", "viewer", status: "pending"))
      repository.set("orgs/\(org)/users/nobody.yaml", user("nobody", nil, status: "active"))
      repository.set("orgs/\(org)/users/emil.yaml", user("emil", "engineer", status: "active"))
      repository.set("orgs/\(org)/organization.yaml", organization(org, status: org == "acme" ? status : "active"))
    }
    repository.set(
      "orgs/acme/relays/taking.yaml",
      document(
        "Relay", "taking",
        "region: eu-north\nport: 30160\nexposure: HostPort\nresources: { requests: { cpu: \"64\" } }\n"
          + "image: { repository: other.example/x, digest: \"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\" }\n"
          + "keys:\n  names: [headquarters, warehouse-1]"))
    repository.replace(
      "platform.yaml", "  relay:\n",
      "  tenants: { images: [registry.example.net/tenants], probes: { networks: [198.51.100.0/24], hosts: [a.example] } }\n"
        + "  relay:\n")
    repository.set("users/greta.yaml", user("greta", "executive", status: "active"))
    repository.set(
      "roles/keeper.yaml",
      document("Role", "keeper", "scope: org\npermissions: [orgs:read, users:read, users:write, keys:read, keys:write]")
    )
    repository.set("README.md", "# Relays\n")
    return repository
  }

  static func document(_ kind: String, _ name: String, _ spec: String) -> String {
    let lines = spec.split(separator: "\n").map { "  \($0)\n" }.joined()
    return "apiVersion: wpex.io/v1alpha1\nkind: \(kind)\nmetadata:\n  name: \(name)\nspec:\n\(lines)"
  }

  static func user(_ name: String, _ role: String?, status: String) -> String {
    document(
      "User", name,
      "displayName: Somebody\nemail: some@body.example\nstatus: \(status)\nroles: [\(role ?? "")]\naccess:\n"
        + "  ipAllowlist: [192.0.2.0/24]")
  }

  static func organization(_ name: String, status: String) -> String {
    let ports = name == "acme" ? "30100-30199" : "30200-30299"
    return document(
      "Organization", name,
      "displayName: Name\nstatus: \(status)\nlimits: { relays: 3, keys: 5 }\nallowedRegions: [eu-north]\n"
        + "portRange: \(ports)\nidentity:\n"
        + "  recipient: age17u7xn9xng8crl68kksj8rwgrgczpkp7rx49x8z9ae0pw26pnwvlsaghexd")
  }

  static let key = document("Key", "extra", "publicKey: e60Q3QdjZ8aEezuwIkqfH+5w3L6FCDqvXmM912vcQb8=")
  static let relay = document("Relay", "extra", "region: eu-north\nport: 30150\nkeys:\n  names: [headquarters]")
}

/// One change of the matrix.
struct MatrixCase: Sendable {
  let name: String
  /// Whether each actor changes their own document.
  var isOneself: Bool { name.hasPrefix("oneself") }
  let edit: @Sendable (inout MemoryRepository, MatrixActor) -> Void

  init(_ name: String, _ edit: @escaping @Sendable (inout MemoryRepository, MatrixActor) -> Void) {
    self.name = name
    self.edit = edit
  }

  /// A text is replaced in a file, which must have it.
  init(_ name: String, _ path: String, _ old: String, _ new: String) {
    self.init(name) { repository, _ in repository.replace(path, old, new) }
  }

  init(_ name: String, add path: String, _ text: String) {
    self.init(name) { repository, _ in repository.set(path, text) }
  }

  init(_ name: String, remove path: String) {
    self.init(name) { repository, _ in repository.remove(path) }
  }
}

extension MemoryRepository {
  mutating func replace(_ path: String, _ old: String, _ new: String) {
    let text = String(decoding: contents[path] ?? [], as: UTF8.self)
    set(path, text.replacing(old, with: new))
  }
}
