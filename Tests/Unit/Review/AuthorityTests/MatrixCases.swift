import Diagnostics
import RepositorySupport

extension MatrixCase {
  static let all: [MatrixCase] =
    platform + roles + globalUsers + organization("acme") + organization("globex") + joining + oneself
    + users("acme") + users("globex") + keysAndRelays("acme") + keysAndRelays("globex") + paths

  private static let platform = [
    MatrixCase("Platform added") { repository, _ in
      repository.set(
        "platform.yaml",
        String(decoding: repository.contents["platform.yaml"] ?? [], as: UTF8.self).replacing(
          "name: example", with: "name: other"))
    },
    MatrixCase("Platform changed", "platform.yaml", "30000-30999", "30000-30998"),
    MatrixCase("Platform: more for tenants", "platform.yaml", "tenants: {", "tenants: { exposures: [HostPort],"),
    MatrixCase("Platform removed", remove: "platform.yaml"),
  ]

  private static let roles = [
    MatrixCase(
      "Role added", add: "roles/noc.yaml",
      MatrixWorld.document("Role", "noc", "scope: org\npermissions: [relays:read]")),
    MatrixCase("Role changed", "roles/keeper.yaml", "keys:write", "keys:write, relays:write"),
    MatrixCase("Role removed", remove: "roles/keeper.yaml"),
  ]

  private static let globalUsers = [
    MatrixCase(
      "global User added, pending", add: "users/new.yaml", MatrixWorld.user("new", "admin", status: "pending")),
    MatrixCase(
      "global User added, active", add: "users/new.yaml", MatrixWorld.user("new", "executive", status: "active")),
    MatrixCase(
      "global User added, disabled", add: "users/new.yaml", MatrixWorld.user("new", "executive", status: "disabled")),
    MatrixCase("global User: displayName", "users/greta.yaml", "Somebody", "Greta"),
    MatrixCase("global User: roles to admin", "users/greta.yaml", "[executive]", "[admin]"),
    MatrixCase("global User: status to disabled", "users/greta.yaml", "status: active", "status: disabled"),
    MatrixCase("global User removed", remove: "users/greta.yaml"),
  ]

  private static func organization(_ org: String) -> [MatrixCase] {
    let path = "orgs/\(org)/organization.yaml"
    let ports = org == "acme" ? "30100" : "30200"
    let keys = org == "acme" ? "headquarters, warehouse-1" : "office, extra"
    return [
      MatrixCase("Organization \(org): displayName", path, "displayName: Name", "displayName: Other"),
      MatrixCase(
        "Organization \(org): contacts", path, "identity:",
        "contacts: [{ name: N, email: n@example.org }]\n  identity:"),
      MatrixCase(
        "Organization \(org): identity", path, "age17u7xn9xng8crl68kksj8rwgrgczpkp7rx49x8z9ae0pw26pnwvlsaghexd",
        "age1dust7yahkqzfsy8qlm0nq4ncy2djtagvx867lrt7jjr9pxmwgadsnjhg3m"),
      MatrixCase("Organization \(org): limits", path, "relays: 3", "relays: 4"),
      MatrixCase("Organization \(org): limits removed", path, ", keys: 5", ""),
      MatrixCase(
        "Organization \(org): tests", path, "allowedRegions:", "tests: { mustConnect: [[\(keys)]] }\n  allowedRegions:"),
      MatrixCase("Organization \(org): slaTarget", path, "portRange", "slaTarget: 99.9\n  portRange"),
      MatrixCase("Organization \(org): allowedRegions", path, "[eu-north]", "[eu-north, eu-south]"),
      MatrixCase("Organization \(org): portRange", path, "portRange: \(ports)", "portRange: \(ports.dropLast())1"),
      MatrixCase("Organization \(org): status to another", path) { text in
        text.contains("status: active")
          ? text.replacing("status: active", with: "status: disabled")
          : text.replacing("status: pending", with: "status: active").replacing(
            "status: disabled", with: "status: active")
      },
      MatrixCase("Organization \(org): labels", path, "name: \(org)\n", "name: \(org)\n  labels: { tier: gold }\n"),
      MatrixCase("Organization \(org): annotations", path, "name: \(org)\n", "name: \(org)\n  annotations: { a: b }\n"),
      MatrixCase("Organization \(org): comment", path, "status:", "# nothing\n  status:"),
      MatrixCase("Organization \(org) removed", remove: path),
    ]
  }

  private static let joining = [
    MatrixCase(
      "Organization added, pending", add: "orgs/new/organization.yaml",
      MatrixWorld.document("Organization", "new", "displayName: New")),
    MatrixCase("Organization added, pending, with pending users") { repository, _ in
      repository.set("orgs/new/organization.yaml", MatrixWorld.document("Organization", "new", "displayName: New"))
      repository.set("orgs/new/users/ann.yaml", MatrixWorld.user("ann", "engineer", status: "pending"))
    },
    MatrixCase("Organization added, pending, with an active user") { repository, _ in
      repository.set("orgs/new/organization.yaml", MatrixWorld.document("Organization", "new", "displayName: New"))
      repository.set("orgs/new/users/ann.yaml", MatrixWorld.user("ann", "engineer", status: "active"))
    },
    MatrixCase("Organization added, pending, with a key") { repository, _ in
      repository.set("orgs/new/organization.yaml", MatrixWorld.document("Organization", "new", "displayName: New"))
      repository.set("orgs/new/keys/extra.yaml", MatrixWorld.key)
    },
    MatrixCase(
      "Organization added, active", add: "orgs/new/organization.yaml",
      MatrixWorld.document("Organization", "new", "displayName: New\nstatus: active")),
    MatrixCase("second Organization added to acme, pending") { repository, _ in
      let first = MatrixWorld.document("Organization", "another", "displayName: Another")
      let path = "orgs/acme/organization.yaml"
      repository.set(path, Array((first + "---\n").utf8) + (repository.contents[path] ?? []))
    },
  ]

  /// What each does to its own document; a stranger to that of the viewer Vera.
  private static let oneself = [
    ("displayName", "Somebody", "Me"), ("email", "some@body.example", "me@example.org"),
    ("SSH key", "access:", "identities:\n    sshKeys: [\(key)]\n  access:"),
    ("account", "access:", "identities: { github: my-account }\n  access:"),
    ("token", "access:\n", "access:\n    tokens: [{ name: t, sha256: \(String(repeating: "a", count: 64)) }]\n"),
    ("ipAllowlist", "192.0.2.0/24", "0.0.0.0/0"), ("roles to none", "roles: [", "roles: [] # ["),
    ("roles to admin", "roles: [", "roles: [admin] # ["),
    ("roles to more", "roles: [", "roles: [engineer, keeper] # ["),
  ].map { field, old, new in
    MatrixCase("oneself: \(field)") { repository, actor in
      repository.replace(actor.role == "stranger" ? "orgs/acme/users/vera.yaml" : actor.path, old, new)
    }
  }

  private static let key =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIICxpUTI6Fqa44biXb30aEygvyj4mduXZ8bWclYjvRoi"

  private static func users(_ org: String) -> [MatrixCase] {
    let folder = "orgs/\(org)/users"
    func added(_ status: String, _ role: String?) -> MatrixCase {
      MatrixCase(
        "User added to \(org), \(status), \(role ?? "without roles")", add: "\(folder)/new.yaml",
        MatrixWorld.user("new", role, status: status))
    }
    let fields = [
      ("displayName", "Somebody", "Vera"), ("email", "some@body.example", "vera@example.org"),
      ("SSH key", "access:", "identities:\n    sshKeys: [\(key)]\n  access:"),
      ("account", "access:", "identities: { github: vera-account }\n  access:"),
      ("token", "access:\n", "access:\n    tokens: [{ name: t, sha256: \(String(repeating: "a", count: 64)) }]\n"),
      ("ipAllowlist", "192.0.2.0/24", "0.0.0.0/0"), ("labels", "spec:", "  labels: { a: b }\nspec:"),
      ("status to disabled", "status: active", "status: disabled"),
    ]
    return [
      added("pending", "engineer"), added("active", nil), added("active", "viewer"), added("active", "engineer"),
      added("disabled", "viewer"),
      MatrixCase(
        "pending User of \(org), viewer: approved", "\(folder)/paul.yaml", "status: pending", "status: active"),
      MatrixCase("pending User of \(org), viewer: approved as engineer") { repository, _ in
        repository.replace("\(folder)/paul.yaml", "status: pending", "status: active")
        repository.replace("\(folder)/paul.yaml", "[viewer]", "[engineer]")
      },
      MatrixCase("User of \(org), viewer: roles to engineer", "\(folder)/vera.yaml", "[viewer]", "[engineer]"),
      MatrixCase("User of \(org), viewer: roles to none", "\(folder)/vera.yaml", "[viewer]", "[]"),
      MatrixCase("User of \(org), without roles: roles to keeper", "\(folder)/nobody.yaml", "[]", "[keeper]"),
      MatrixCase("User of \(org), viewer: comment", "\(folder)/vera.yaml", "spec:", "# nothing\nspec:"),
      MatrixCase("User of \(org), viewer removed", remove: "\(folder)/vera.yaml"),
      MatrixCase("User of \(org), engineer removed", remove: "\(folder)/emil.yaml"),
      MatrixCase("User of \(org), viewer: second document, pending") { repository, _ in
        repository.set("\(folder)/aaa.yaml", MatrixWorld.user("vera", "viewer", status: "pending"))
      },
    ]
      + [("without roles", "nobody"), ("viewer", "vera"), ("engineer", "emil")].flatMap { role, name in
        fields.map { field, old, new in
          MatrixCase("User of \(org), \(role): \(field)", "\(folder)/\(name).yaml", old, new)
        }
      }
  }

  private static func keysAndRelays(_ org: String) -> [MatrixCase] {
    let key = org == "acme" ? "warehouse-1" : "office"
    var cases = [
      MatrixCase("Key added to \(org)", add: "orgs/\(org)/keys/extra.yaml", MatrixWorld.key),
      MatrixCase("Key of \(org) changed", "orgs/\(org)/keys/\(key).yaml", "spec:", "spec:\n  status: revoked"),
      MatrixCase("Key of \(org): labels", "orgs/\(org)/keys/\(key).yaml", "network: core", "network: other"),
      MatrixCase("Key of \(org): comment", "orgs/\(org)/keys/\(key).yaml", "spec:", "# nothing\nspec:"),
      MatrixCase("Key of \(org) removed", remove: "orgs/\(org)/keys/\(key).yaml"),
      MatrixCase("Key of \(org) undecodable", "orgs/\(org)/keys/\(key).yaml", "spec:", "spce:"),
      MatrixCase("Relay added to \(org)", add: "orgs/\(org)/relays/extra.yaml", MatrixWorld.relay),
    ]
    if org == "acme" {
      let relay = "orgs/acme/relays/north-1.yaml"
      let taking = "orgs/acme/relays/taking.yaml"
      let digest = "digest: \"sha256:\(String(repeating: "a", count: 64))\""
      cases += [
        MatrixCase("Relay of acme changed", relay, "30101", "30102"),
        MatrixCase("Relay of acme: keys", relay, "[headquarters, warehouse-1]", "[headquarters]"),
        MatrixCase("Relay of acme: comment", relay, "spec:", "# nothing\nspec:"),
        MatrixCase("Relay of acme removed", remove: relay),
        MatrixCase("Relay of acme undecodable", relay, "spec:", "spce:"),
        MatrixCase("Relay of acme: exposure to HostPort", relay, "keys:", "exposure: HostPort\n  keys:"),
        MatrixCase("Relay of acme: exposure to LoadBalancer", relay, "keys:", "exposure: LoadBalancer\n  keys:"),
        MatrixCase(
          "Relay of acme: foreign image", relay, "keys:", "image: { repository: evil.example/x, \(digest) }\n  keys:"),
        MatrixCase(
          "Relay of acme: the platform's image", relay, "keys:",
          "image: { repository: registry.example.net/wpex-relay, \(digest) }\n  keys:"),
        MatrixCase(
          "Relay of acme: more resources", relay, "keys:", "resources: { requests: { memory: 33Mi } }\n  keys:"),
        MatrixCase(
          "Relay of acme: fewer resources", relay, "keys:",
          "resources: { requests: { cpu: 20m }, limits: { cpu: \"1\", memory: 64Mi } }\n  keys:"),
        MatrixCase(
          "Relay added to acme, with HostPort", add: "orgs/acme/relays/extra.yaml",
          MatrixWorld.relay.replacing("keys:", with: "exposure: HostPort\n  keys:")),
        MatrixCase(
          "Relay of acme with HostPort and an image: keys", taking, "[headquarters, warehouse-1]", "[headquarters]"),
        MatrixCase("Relay of acme with HostPort and an image: more of it", taking, "cpu: \"64\"", "cpu: \"65\""),
        MatrixCase("Relay of acme with HostPort and an image: less of it", taking, "cpu: \"64\"", "cpu: \"63\""),
        MatrixCase(
          "Relay of acme with HostPort and an image: none of it", taking, "exposure: HostPort", "exposure: NodePort"),
        MatrixCase("Relay of acme with HostPort and an image: another image", taking, "sha256:9f", "sha256:8f"),
        MatrixCase("Relay of acme: exposure to NodePort", relay, "keys:", "exposure: NodePort\n  keys:"),
        MatrixCase(
          "Relay of acme: an image that tenants can use", relay, "keys:",
          "image: { repository: registry.example.net/tenants/acme/relay, \(digest) }\n  keys:"),
        MatrixCase(
          "Relay of acme: an image whose repository only begins the same", relay, "keys:",
          "image: { repository: registry.example.net/tenants-evil/relay, \(digest) }\n  keys:"),
        MatrixCase("Relay of acme: 3 replicas", relay, "keys:", "replicas: 3\n  keys:"),
        MatrixCase("Relay of acme: 4 replicas", relay, "keys:", "replicas: 4\n  keys:"),
        MatrixCase(
          "Relay of acme: probes that tenants can declare", relay, "keys:",
          "probes: [{ name: p, ping: 198.51.100.9 }, { name: q, traceroute: www.a.example }]\n  keys:"),
        MatrixCase(
          "Relay of acme: a probe of an address", relay, "keys:", "probes: [{ name: p, ping: 203.0.113.9 }]\n  keys:"),
        MatrixCase(
          "Relay of acme: a probe of a name", relay, "keys:",
          "probes: [{ name: p, traceroute: www.evil-a.example }]\n  keys:"),
        MatrixCase("Relay of acme with HostPort and an image: another region", taking, "eu-north", "eu-south"),
        MatrixCase("Relay of acme with HostPort and an image: stopped", taking, "keys:", "state: stopped\n  keys:"),
        MatrixCase("Relay of acme with HostPort and an image: LoadBalancer", taking, "HostPort", "LoadBalancer"),
        MatrixCase("Relay of acme with HostPort and an image: renamed", taking, "name: taking", "name: other"),
        MatrixCase("Relay of acme with HostPort and an image: in another file") { repository, _ in
          repository.set("orgs/acme/relays/other.yaml", repository.contents[taking] ?? [])
          repository.remove(taking)
        },
        MatrixCase("Relay of acme with HostPort and an image: copied") { repository, _ in
          let text = String(decoding: repository.contents[taking] ?? [], as: UTF8.self)
          repository.set(
            "orgs/acme/relays/other.yaml",
            text.replacing("name: taking", with: "name: other").replacing("30160", with: "30161"))
        },
        MatrixCase("Relay of acme: a second document with HostPort") { repository, _ in
          let text = String(decoding: repository.contents[relay] ?? [], as: UTF8.self)
          repository.set("orgs/acme/relays/aaa.yaml", text.replacing("keys:", with: "exposure: HostPort\n  keys:"))
        },
        MatrixCase("Relay of acme moved to globex") { repository, _ in
          repository.set("orgs/globex/relays/north-1.yaml", repository.contents[relay] ?? [])
          repository.remove(relay)
        },
      ]
    }
    return cases
  }

  private static let paths = [
    MatrixCase("nothing") { _, _ in },
    MatrixCase("README.md changed", "README.md", "Relays", "Other"),
    MatrixCase("README.md removed", remove: "README.md"),
    MatrixCase("CI file added", add: ".github/workflows/ci.yaml", "on: push\n"),
    MatrixCase("CODEOWNERS added", add: "CODEOWNERS", "* @mallory\n"),
    MatrixCase("note in acme", add: "orgs/acme/notes.txt", "x\n"),
    MatrixCase(".wpexignore hides a user", add: ".wpexignore", "orgs/acme/users/emil.yaml\n"),
    MatrixCase("YAML file without a place", add: "orgs/acme/other/x.yaml", "kind: Key\n"),
    MatrixCase("second YAML file at the root", add: "platform.yml", "kind: Platform\n"),
    MatrixCase("undecodable User of acme", "orgs/acme/users/vera.yaml", "spec:", "spce:"),
    MatrixCase("undecodable file among users of acme", add: "orgs/acme/users/x.yaml", "{"),
    MatrixCase("link in acme") { repository, _ in
      repository.add(Example.Entry("orgs/acme/keys/link.yaml", .symbolicLink(target: "../../../users/root.yaml")))
    },
    MatrixCase("submodule in acme") { repository, _ in
      repository.add(Example.Entry("orgs/acme/keys/sub", .submodule))
    },
    MatrixCase("platform.yaml: comment", "platform.yaml", "spec:", "# nothing\nspec:"),
    MatrixCase("roles/keeper.yaml: comment", "roles/keeper.yaml", "spec:", "# nothing\nspec:"),
    MatrixCase("users/greta.yaml: comment", "users/greta.yaml", "spec:", "# nothing\nspec:"),
  ]

  private init(_ name: String, _ path: String, _ change: @escaping @Sendable (String) -> String) {
    self.init(name) { repository, _ in
      repository.set(path, change(String(decoding: repository.contents[path] ?? [], as: UTF8.self)))
    }
  }
}
