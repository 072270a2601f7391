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
      "An admin gave the organization a slice of the region's ports; others belong to others.",
      bad: .relay("region: eu-north\nport: 30250\n\(keys)"), good: .goodRelay),
    .portTaken: CatalogueEntry(
      .error, "port taken", "Two relays of a region cannot share a port. The fix offers the next free one.",
      bad: .relay("region: eu-north\nport: 30101\n\(keys)"), good: .goodRelay),
    .regionNotAllowed: CatalogueEntry(
      .error, "region not allowed", "The organization may run relays in the regions that an admin allowed.",
      bad: .acme(
        "displayName: Acme\nstatus: active\nallowedRegions: [eu-south]\nidentity:\n  recipient: \(recipient)"),
      good: .acme(Example.acmeSpec)),
    .limitExceeded: CatalogueEntry(
      .error, "limit exceeded", "The organization's limits are an admin's decision, and so is raising them.",
      bad: .relay("region: eu-north\nport: 30102\nbandwidthMbps: 200\n\(keys)"),
      good: .relay("region: eu-north\nport: 30102\nbandwidthMbps: 100\n\(keys)")),
    .overlappingPortRanges: CatalogueEntry(
      .error, "overlapping port ranges", "Each organization has ports of its own, so that none can take another's.",
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
      .error, "two Kubernetes objects with one name",
      "A relay `north-1` has a Service `north-1-http` for its HTTP side, which another relay's name must not repeat.",
      bad: Example(
        "orgs/acme/relays/other.yaml",
        Example.document("Relay", "north-1-http", "region: eu-north\nport: 30102\n\(keys)")),
      good: .goodRelay),
    .reservedName: CatalogueEntry(
      .error, "name of a namespace that is not an organization's",
      "An organization lives in the namespace that the platform's prefix and its name make. Those of wpex itself and of "
        + "Kubernetes (`wpex-system`, `wpex-status`, `default`, `kube-…`) are nobody else's.",
      bad: Example("orgs/system/organization.yaml", Example.document("Organization", "system", "displayName: System")),
      good: Example(
        "orgs/systems/organization.yaml", Example.document("Organization", "systems", "displayName: Systems"))),
    .privateProbeTarget: CatalogueEntry(
      .warning, "probe of a private address",
      "A relay runs in the provider's network, and does not probe the network's addresses for a tenant. The relay judges names too, "
        + "by the address that they lead to. The platform can name networks that may be probed.",
      bad: .relay("region: eu-north\nport: 30102\n\(keys)\nprobes:\n  - name: gateway\n    ping: 10.0.0.1"),
      good: .relay("region: eu-north\nport: 30102\n\(keys)\nprobes:\n  - name: gateway\n    ping: 192.0.2.1")),
    .imageWithoutDigest: CatalogueEntry(
      .warning, "image without digest",
      "A tag can come to mean another image, so that what runs changes without a commit. Add the digest.",
      bad: .relay(
        "region: eu-north\nport: 30102\n\(keys)\nimage:\n  repository: registry.example.net/wpex-relay\n  tag: 1.5.0"),
      good: .relay(
        "region: eu-north\nport: 30102\n\(keys)\nimage:\n  repository: registry.example.net/wpex-relay\n  tag: 1.5.0\n  digest: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
      )),
  ]

  private static let recipient = "age17u7xn9xng8crl68kksj8rwgrgczpkp7rx49x8z9ae0pw26pnwvlsaghexd"

  private static let lifeEntries: [DiagnosticCode: CatalogueEntry] = [
    .roleOfWrongScope: CatalogueEntry(
      .error, "role of the wrong scope",
      "A user under `users/` holds global roles, a user of an organization holds its roles: nobody reaches beyond by "
        + "writing a word.",
      bad: .user("displayName: Marco\nemail: marco@acme.example\nroles: [admin]"),
      good: .user("displayName: Marco\nemail: marco@acme.example\nroles: [viewer]")),
    .relayOfInactiveOrganization: CatalogueEntry(
      .error, "running relay of an inactive organization",
      "A pending organization is not approved yet, and a disabled one is switched off: its relays are stopped.",
      bad: .acme(Example.acmeSpec.replacing("status: active", with: "status: pending")), good: .acme(Example.acmeSpec)),
    .organizationWithoutIdentity: CatalogueEntry(
      .error, "running relays without an age identity",
      "The keys of its relays are encrypted to the organization. Make an identity with `wpex identity new`.",
      bad: .acme("displayName: Acme\nstatus: active\nallowedRegions: [eu-north]\nportRange: 30100-30199"),
      good: .acme(Example.acmeSpec)),
    .mustConnectFails: CatalogueEntry(
      .error, "keys that must reach each other do not",
      "A reachability test of the relay fails: it must take both keys, and run.",
      bad: .relay("region: eu-north\nport: 30102\n\(keys)\ntests:\n  mustConnect:\n    - [headquarters, warehouse-1]"),
      good: .relay(
        "region: eu-north\nport: 30102\nkeys:\n  names: [headquarters, warehouse-1]\ntests:\n  mustConnect:\n    - [headquarters, warehouse-1]"
      )),
    .mustNotConnectFails: CatalogueEntry(
      .error, "keys that must not reach each other do",
      "A reachability test of the relay fails: it takes both keys, so that they reach each other.",
      bad: .relay(
        "region: eu-north\nport: 30102\nkeys:\n  names: [headquarters, warehouse-1]\ntests:\n  mustNotConnect:\n    - [headquarters, warehouse-1]"
      ),
      good: .relay(
        "region: eu-north\nport: 30102\n\(keys)\ntests:\n  mustNotConnect:\n    - [headquarters, warehouse-1]")),
    .tooFewAdmins: CatalogueEntry(
      .error, "too few active admins",
      "Somebody must be able to mend what an admin breaks. `policy.minimumAdmins` says how many there must be.",
      bad: Example(
        "users/root.yaml", Example.document("User", "root", Example.adminSpec.replacing("active", with: "disabled"))),
      good: Example("users/root.yaml", Example.document("User", "root", Example.adminSpec))),
    .noMerger: CatalogueEntry(
      .error, "nobody can merge",
      "`policy.mergers` names those whose merge commits count, and none of them is active and has an SSH key.",
      bad: mergePolicy("mergers: [root]"), good: mergePolicy("mergers: []")),
    .requiredLabelMissing: CatalogueEntry(
      .error, "required label missing", "The platform's policy asks for the label, or for one of a few values.",
      bad: labelPolicy.adding(.key("publicKey: \(Example.publicKey)", labels: "{ network: cores }")),
      good: labelPolicy.adding(.key("publicKey: \(Example.publicKey)", labels: "{ network: core }"))),
    .permissionOfWrongScope: CatalogueEntry(
      .error, "global permission in an organization's role",
      "Some permissions reach beyond one organization, and only global roles hold them.",
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
      "A relay that knows no key would forward for everybody. Give it an active key, or stop it.",
      bad: .key("publicKey: \(Example.publicKey)\nexpires: 2026-05-01").adding(
        .relay("region: eu-north\nport: 30102\nkeys:\n  names: [warehouse-9]")),
      good: .goodRelay),
    .keyExpired: CatalogueEntry(
      .warning, "expired key", "Relays treat the key as revoked. Rotate it, or revoke it for good.",
      bad: .key("publicKey: \(Example.publicKey)\nexpires: 2026-05-01"),
      good: .key("publicKey: \(Example.publicKey)\nexpires: 2027-05-01")),
    .keyExpiresSoon: CatalogueEntry(
      .warning, "key that expires soon",
      "From `alerts.keyExpiryDays` days before its end (30 unless the platform says otherwise) a key is warned about.",
      bad: .key("publicKey: \(Example.publicKey)\nexpires: 2026-06-15"),
      good: .key("publicKey: \(Example.publicKey)\nexpires: 2027-05-01")),
    .weakPublicKey: CatalogueEntry(
      .error, "public key of low order",
      "With such a point every shared secret is zero, whatever the other key. Make a new pair.",
      bad: .key("publicKey: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), good: .goodKey),
    .plaintextSecret: CatalogueEntry(
      .error, "secret in plain text",
      "Whatever Git has seen is public to all who can read the repository, for ever. Make a new secret, seal it with "
        + "`wpex seal`, and remove the old one from the history.",
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
      .warning, "revoked key in a relay's list", "The key is let in nowhere. Remove it from the list.",
      bad: .key("publicKey: \(Example.publicKey)\nstatus: revoked").adding(
        .relay("region: eu-north\nport: 30102\nkeys:\n  names: [headquarters, warehouse-9]")),
      good: .key("publicKey: \(Example.publicKey)\nstatus: revoked").adding(.goodRelay)),
  ]
}
