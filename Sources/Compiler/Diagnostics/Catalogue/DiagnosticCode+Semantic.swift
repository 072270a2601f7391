extension DiagnosticCode {
  /// Codes about declarations that are well formed but impossible or unwise.
  static let semanticEntries: [DiagnosticCode: CatalogueEntry] = portEntries.merging(lifeEntries) { first, _ in first }
    .merging(keyEntries) { first, _ in first }

  private static let keys = "keys:\n  names: [headquarters]"

  private static let portEntries: [DiagnosticCode: CatalogueEntry] = [
    .portOutsideRegion: CatalogueEntry(
      .error, "port outside the region's range", "The region's cluster cannot open the port.",
      bad: .acme("displayName: Acme\nstatus: active\nallowedRegions: [eu-north]\nidentity:\n  recipient: \(recipient)")
        .adding(.relay("region: eu-north\nport: 31500\n\(keys)")),
      good: .goodRelay),
    .portOutsideOrganization: CatalogueEntry(
      .error, "port outside the organization's range",
      "An admin gave the organization its own range of the region's ports; other ports belong to other organizations.",
      bad: .relay("region: eu-north\nport: 30250\n\(keys)"), good: .goodRelay),
    .portTaken: CatalogueEntry(
      .error, "port taken", "Two relays of a region cannot share a port. The fix offers the next free one.",
      bad: .relay("region: eu-north\nport: 30101\n\(keys)"), good: .goodRelay),
    .regionNotAllowed: CatalogueEntry(
      .error, "region not allowed", "The organization can run relays only in the regions that an admin allowed.",
      bad: .acme(
        "displayName: Acme\nstatus: active\nallowedRegions: [eu-south]\nidentity:\n  recipient: \(recipient)"),
      good: .acme(Example.acmeSpec)),
    .limitExceeded: CatalogueEntry(
      .error, "limit exceeded", "An admin sets the organization's limits, and only an admin can raise them.",
      bad: .relay("region: eu-north\nport: 30102\nbandwidthMbps: 200\n\(keys)"),
      good: .relay("region: eu-north\nport: 30102\nbandwidthMbps: 90\n\(keys)")),
    .overlappingPortRanges: CatalogueEntry(
      .error, "overlapping port ranges", "Each organization has its own ports, so that none can use another's.",
      bad: .acme(Example.acmeSpec.replacing("30100-30199", with: "30100-30220")), good: .acme(Example.acmeSpec)),
    .portRangeOutsideRegion: CatalogueEntry(
      .error, "port range outside every allowed region", "No relay of the organization could ever use these ports.",
      bad: Example(
        "orgs/globex/organization.yaml",
        Example.document(
          "Organization", "globex",
          "displayName: Globex\nstatus: active\nallowedRegions: [eu-north]\nportRange: 31200-31299")),
      good: Example(
        "orgs/globex/organization.yaml",
        Example.document(
          "Organization", "globex",
          "displayName: Globex\nstatus: active\nallowedRegions: [eu-north]\nportRange: 30200-30299"))),
    .nameCollision: CatalogueEntry(
      .error, "two Kubernetes objects with the same name",
      "A relay `north-1` has a Service `north-1-http` for HTTP and a Service `north-1-members` for its pods, so no other "
        + "relay can have these names.",
      bad: Example(
        "orgs/acme/relays/other.yaml",
        Example.document("Relay", "north-1-http", "region: eu-north\nport: 30102\n\(keys)")),
      good: .goodRelay),
    .reservedName: CatalogueEntry(
      .error, "name that leads to a reserved namespace",
      "An organization's namespace is the platform's prefix followed by the organization's name. The namespaces of "
        + "wpex itself and of Kubernetes (`wpex-system`, `wpex-status`, `default`, `kube-…`) are reserved.",
      bad: Example("orgs/system/organization.yaml", Example.document("Organization", "system", "displayName: System")),
      good: Example(
        "orgs/systems/organization.yaml", Example.document("Organization", "systems", "displayName: Systems"))),
    .severalReplicas: CatalogueEntry(
      .error, "relay with several pods and without a cluster",
      "The platform's `relay.cluster` is false, so each pod of a relay knows only the peers whose packets reach it. Two "
        + "peers whose packets reach different pods cannot reach each other, and their tunnels break. Then `replicas` "
        + "must be 1, in a relay and in the platform's `defaults`. With `relay.cluster: true`, the pods behave as one "
        + "relay. This needs an image whose `wpex-relay` knows `--cluster`: an older one does not start with it.",
      bad: withoutClusters.adding(.relay("region: eu-north\nport: 30102\nreplicas: 2\n\(keys)")),
      good: .relay("region: eu-north\nport: 30102\nreplicas: 2\n\(keys)")),
    .overlappingSubnets: CatalogueEntry(
      .error, "overlapping networks behind two keys of a relay",
      "Two active keys meet on a relay, and their `site.subnet` have addresses in common. A peer sends packets for an "
        + "address to one other peer only, so it would never reach some hosts of one of the sites. Most often, one of the "
        + "networks is a mistake. If both peers lead to the same addresses on purpose, such as two routers of one site, "
        + "or a default route beside the sites, write `overlap: intended` beside one of the networks. Keys that are "
        + "revoked, expired, or on different relays do not meet.",
      bad: overlapping(""), good: overlapping("\n  overlap: intended")),
    .severalRegions: CatalogueEntry(
      .error, "relay of several regions that cannot be one relay",
      "The processes of all its regions behave as one relay. They reach each other at `clusterPort`, a second UDP port "
        + "that must be free and within the range in every one of its regions. Each region has one pod, because others "
        + "reach it through the region's public host. The platform's `relay.cluster` must be true.",
      bad: twoRegions.adding(.relay("regions: [eu-north, eu-south]\nport: 30102\n\(keys)")),
      good: twoRegions.adding(
        .relay("regions: [eu-north, eu-south]\nport: 30102\nclusterPort: 30103\n\(keys)"))),
    .sharedCluster: CatalogueEntry(
      .error, "regions whose namespaces would be the same",
      "Two regions name the same kubeconfig context in `cluster`, so they are in one cluster. An organization with relays in "
        + "both would have one namespace for both, and each region would overwrite the other's objects. Give one of the "
        + "regions a `namespacePrefix` of its own. Neither prefix can begin with the other: `wpex-` with an organization "
        + "`a-b`, and `wpex-a-` with `b`, lead to the same namespace. Regions with `in-cluster` have a daemon and a cluster "
        + "each, and can have the same namespaces.",
      bad: oneCluster(""), good: oneCluster("\n    namespacePrefix: south-")),
    .sharedNodePorts: CatalogueEntry(
      .error, "regions of one cluster with the same node ports",
      "Two regions are in one cluster and expose their relays at node ports. A cluster has each node port once, so the "
        + "ranges cannot overlap: two organizations that do not know each other could declare the same port.",
      bad: oneCluster("\n    namespacePrefix: south-", ports: "30500-31499"),
      good: oneCluster("\n    namespacePrefix: south-")),
    .privateProbeTarget: CatalogueEntry(
      .warning, "probe of a private address",
      "A relay runs in the provider's network, and does not probe that network's addresses for a tenant. The relay "
        + "also checks names, by the addresses that they resolve to. The platform can list networks that tenants can "
        + "probe.",
      bad: .relay("region: eu-north\nport: 30102\n\(keys)\nprobes:\n  - name: gateway\n    ping: 10.0.0.1"),
      good: .relay("region: eu-north\nport: 30102\n\(keys)\nprobes:\n  - name: gateway\n    ping: 192.0.2.1")),
    .imageWithoutDigest: CatalogueEntry(
      .warning, "image without digest",
      "A tag can later refer to another image, so that the software changes without a commit. Add the digest.",
      bad: .relay(
        "region: eu-north\nport: 30102\n\(keys)\nimage:\n  repository: registry.example.net/wpex-relay\n  tag: 1.5.0"),
      good: .relay(
        "region: eu-north\nport: 30102\n\(keys)\nimage:\n  repository: registry.example.net/wpex-relay\n  tag: 1.5.0\n  digest: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
      )),
  ]

  /// Returns an example with two keys whose networks overlap, on one relay.
  private static func overlapping(_ field: String) -> Example {
    .relay("region: eu-north\nport: 30102\nkeys:\n  selector:\n    matchLabels: { site: milan }")
      .adding(
        Example(
          "orgs/acme/keys/milan.yaml",
          Example.document(
            "Key", "milan-1",
            "publicKey: e60Q3QdjZ8aEezuwIkqfH+5w3L6FCDqvXmM912vcQb8=\nsite:\n  subnet: 10.20.0.0/16",
            labels: "{ site: milan }")
            + "---\n"
            + Example.document(
              "Key", "milan-2",
              "publicKey: xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=\nsite:\n  subnet: 10.20.7.0/24\(field)",
              labels: "{ site: milan }")))
  }

  private static let recipient = "age17u7xn9xng8crl68kksj8rwgrgczpkp7rx49x8z9ae0pw26pnwvlsaghexd"

  private static let lifeEntries: [DiagnosticCode: CatalogueEntry] = [
    .roleOfWrongScope: CatalogueEntry(
      .error, "role of the wrong scope",
      "A user under `users/` has global roles, and a user of an organization has organization roles, so nobody gains "
        + "global access by naming a role.",
      bad: .user("displayName: Marco\nemail: marco@acme.example\nroles: [admin]"),
      good: .user("displayName: Marco\nemail: marco@acme.example\nroles: [viewer]")),
    .relayOfInactiveOrganization: CatalogueEntry(
      .error, "running relay of an inactive organization",
      "A pending organization is not approved yet, and a disabled one is switched off: its relays are stopped.",
      bad: .acme(Example.acmeSpec.replacing("status: active", with: "status: pending")), good: .acme(Example.acmeSpec)),
    .organizationWithoutIdentity: CatalogueEntry(
      .error, "running relays without an age identity",
      "The keys of its relays are encrypted for the organization. Create an identity with `wpex identity new`.",
      bad: .acme("displayName: Acme\nstatus: active\nallowedRegions: [eu-north]\nportRange: 30100-30199"),
      good: .acme(Example.acmeSpec)),
    .mustConnectFails: CatalogueEntry(
      .error, "keys that must reach each other cannot",
      "A reachability test of the relay fails: the relay must accept both keys, and run.",
      bad: .relay("region: eu-north\nport: 30102\n\(keys)\ntests:\n  mustConnect:\n    - [headquarters, warehouse-1]"),
      good: .relay(
        "region: eu-north\nport: 30102\nkeys:\n  names: [headquarters, warehouse-1]\ntests:\n  mustConnect:\n    - [headquarters, warehouse-1]"
      )),
    .mustNotConnectFails: CatalogueEntry(
      .error, "keys that must not reach each other can",
      "A reachability test of the relay fails: it accepts both keys, so they can reach each other.",
      bad: .relay(
        "region: eu-north\nport: 30102\nkeys:\n  names: [headquarters, warehouse-1]\ntests:\n  mustNotConnect:\n    - [headquarters, warehouse-1]"
      ),
      good: .relay(
        "region: eu-north\nport: 30102\n\(keys)\ntests:\n  mustNotConnect:\n    - [headquarters, warehouse-1]")),
    .tooFewAdmins: CatalogueEntry(
      .error, "too few active admins",
      "Another admin must be able to repair what one admin breaks. `policy.minimumAdmins` sets how many there must be.",
      bad: Example(
        "users/root.yaml", Example.document("User", "root", Example.adminSpec.replacing("active", with: "disabled"))),
      good: Example("users/root.yaml", Example.document("User", "root", Example.adminSpec))),
    .noMerger: CatalogueEntry(
      .error, "nobody can merge",
      "`policy.mergers` lists the users whose merge commits count, but no active user among them has an SSH key.",
      bad: mergePolicy("mergers: [root]"), good: mergePolicy("mergers: []")),
    .requiredLabelMissing: CatalogueEntry(
      .error, "required label missing", "The platform's policy requires the label, or one of certain values.",
      bad: labelPolicy.adding(.key("publicKey: \(Example.publicKey)", labels: "{ network: cores }")),
      good: labelPolicy.adding(.key("publicKey: \(Example.publicKey)", labels: "{ network: core }"))),
    .permissionOfWrongScope: CatalogueEntry(
      .error, "global permission in an organization's role",
      "Some permissions apply beyond one organization, so only global roles can contain them.",
      bad: .role("scope: org\npermissions: [relays:read, orgs:write]"),
      good: .role("scope: org\npermissions: [relays:read]")),
    .builtInRoleRedefined: CatalogueEntry(
      .error, "built-in role declared again",
      "admin, executive, engineer and viewer mean the same in every repository.",
      bad: .role("scope: org\npermissions: [relays:read]", name: "viewer"),
      good: .role("scope: org\npermissions: [relays:read]")),
    .tokenExpired: CatalogueEntry(
      .warning, "expired API token", "The token is refused already. Remove it, or declare a new one.",
      bad: .user(tokenSpec(expires: "2026-01-31")), good: .user(tokenSpec(expires: "2027-01-31"))),
  ]

  private static func tokenSpec(expires: String) -> String {
    """
    displayName: Marco
    email: marco@acme.example
    roles: [viewer]
    access:
      tokens:
        - name: wallboard
          sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
          expires: \(expires)
    """
  }

  private static func mergePolicy(_ line: String) -> Example {
    Example(
      "platform.yaml",
      Example.document(
        "Platform", "example",
        """
        regions:
          - name: eu-north
            publicHost: relay.north.example.net
            portRange: 30000-30999
          - name: eu-south
            publicHost: relay.south.example.net
            portRange: 31000-31999
        relay:
          image:
            repository: registry.example.net/wpex-relay
            digest: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
        recipient: age1dust7yahkqzfsy8qlm0nq4ncy2djtagvx867lrt7jjr9pxmwgadsnjhg3m
        policy:
          requireMerge: true
          \(line)
        """))
  }

  /// Returns an example with two regions of one cluster.
  private static func oneCluster(_ field: String, ports: String = "31000-31999") -> Example {
    Example(
      "platform.yaml",
      Example.document(
        "Platform", "example",
        """
        regions:
          - name: eu-north
            cluster: europe
            publicHost: relay.north.example.net
            portRange: 30000-30999
          - name: eu-south
            cluster: europe
            publicHost: relay.south.example.net
            portRange: \(ports)\(field)
        relay:
          image:
            repository: registry.example.net/wpex-relay
            digest: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
        recipient: age1dust7yahkqzfsy8qlm0nq4ncy2djtagvx867lrt7jjr9pxmwgadsnjhg3m
        """))
  }

  private static let twoRegions = Example(
    "platform.yaml",
    Example.document(
      "Platform", "example",
      """
      regions:
        - name: eu-north
          publicHost: relay.north.example.net
          portRange: 30000-30999
        - name: eu-south
          publicHost: relay.south.example.net
          portRange: 30000-31999
      relay:
        image:
          repository: registry.example.net/wpex-relay
          digest: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
      recipient: age1dust7yahkqzfsy8qlm0nq4ncy2djtagvx867lrt7jjr9pxmwgadsnjhg3m
      """)
  ).adding(
    .acme(Example.acmeSpec.replacing("allowedRegions: [eu-north]", with: "allowedRegions: [eu-north, eu-south]")))

  private static let withoutClusters = Example(
    "platform.yaml",
    Example.document(
      "Platform", "example",
      """
      regions:
        - name: eu-north
          publicHost: relay.north.example.net
          portRange: 30000-30999
      relay:
        image:
          repository: registry.example.net/wpex-relay
          digest: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
        cluster: false
      recipient: age1dust7yahkqzfsy8qlm0nq4ncy2djtagvx867lrt7jjr9pxmwgadsnjhg3m
      """))

  private static let labelPolicy = Example(
    "platform.yaml",
    Example.document(
      "Platform", "example",
      """
      regions:
        - name: eu-north
          publicHost: relay.north.example.net
          portRange: 30000-30999
      relay:
        image:
          repository: registry.example.net/wpex-relay
          digest: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
      recipient: age1dust7yahkqzfsy8qlm0nq4ncy2djtagvx867lrt7jjr9pxmwgadsnjhg3m
      policy:
        requiredLabels:
          - kind: Key
            label: network
            values: [core]
      """))

  private static let keyEntries: [DiagnosticCode: CatalogueEntry] = [
    .relayWithoutActiveKey: CatalogueEntry(
      .error, "running relay without an active key",
      "A relay without keys would forward packets for anyone. Give it an active key, or stop it.",
      bad: .key("publicKey: \(Example.publicKey)\nexpires: 2026-05-01").adding(
        .relay("region: eu-north\nport: 30102\nkeys:\n  names: [warehouse-9]")),
      good: .goodRelay),
    .keyExpired: CatalogueEntry(
      .warning, "expired key", "Relays treat the key as revoked. Rotate it, or revoke it for good.",
      bad: .key("publicKey: \(Example.publicKey)\nexpires: 2026-05-01"),
      good: .key("publicKey: \(Example.publicKey)\nexpires: 2027-05-01")),
    .keyExpiresSoon: CatalogueEntry(
      .warning, "key that expires soon",
      "The warning begins `alerts.keyExpiryDays` days before a key expires (30 unless the platform sets another "
        + "number).",
      bad: .key("publicKey: \(Example.publicKey)\nexpires: 2026-06-15"),
      good: .key("publicKey: \(Example.publicKey)\nexpires: 2027-05-01")),
    .weakPublicKey: CatalogueEntry(
      .error, "low-order public key",
      "With such a key, every shared secret is zero, whatever the other key. Generate a new key pair.",
      bad: .key("publicKey: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), good: .goodKey),
    .plaintextSecret: CatalogueEntry(
      .error, "secret in plain text",
      "Everybody who can read the repository can read what was ever committed to it. Create a new secret, seal it "
        + "with `wpex seal`, and remove the old one from the history.",
      bad: .key("publicKey: \(Example.publicKey)\nalias: \"PrivateKey = (the key)\""), good: .goodKey),
    .malformedSealedValue: CatalogueEntry(
      .error, "sealed value that cannot be read",
      "The text is not a complete age file, usually because part of it was not copied. Copy all that `wpex seal` prints.",
      bad: .key(
        "sealedKey: |\n  -----BEGIN AGE ENCRYPTED FILE-----\n  YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBzb21ldGhpbmcgYnJva2Vu\n  -----END AGE ENCRYPTED FILE-----"
      ),
      good: .goodKey),
    .malformedRecipient: CatalogueEntry(
      .error, "age recipient with a wrong checksum",
      "A character is wrong or missing. Copy the recipient again.",
      bad: .acme(Example.acmeSpec.replacing("age17u7", with: "age17v7")), good: .acme(Example.acmeSpec)),
    .revokedKeyReferenced: CatalogueEntry(
      .warning, "revoked key in a relay's list", "No relay accepts the key. Remove it from the list.",
      bad: .key("publicKey: \(Example.publicKey)\nstatus: revoked").adding(
        .relay("region: eu-north\nport: 30102\nkeys:\n  names: [headquarters, warehouse-9]")),
      good: .key("publicKey: \(Example.publicKey)\nstatus: revoked").adding(.goodRelay)),
  ]
}
