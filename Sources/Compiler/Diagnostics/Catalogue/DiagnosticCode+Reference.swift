extension DiagnosticCode {
  /// Codes about names of something that does not exist or exists twice.
  static let referenceEntries: [DiagnosticCode: CatalogueEntry] = [
    .unknownKey: CatalogueEntry(
      .error, "unknown key", "A relay accepts only keys that are declared in its own organization's `keys/`.",
      bad: .relay("region: eu-north\nport: 30102\nkeys:\n  names: [headquarter]"), good: .goodRelay),
    .unknownRole: CatalogueEntry(
      .error, "unknown role",
      "Roles are admin, executive, engineer, viewer, and those that are declared under `roles/`.",
      bad: .user("displayName: Marco\nemail: marco@acme.example\nroles: [viewr]"),
      good: .user("displayName: Marco\nemail: marco@acme.example\nroles: [viewer]")),
    .unknownRegion: CatalogueEntry(
      .error, "unknown region", "Regions are declared in `platform.yaml`.",
      bad: .relay("region: eu-nord\nport: 30102\nkeys:\n  names: [headquarters]"), good: .goodRelay),
    .organizationMismatch: CatalogueEntry(
      .error, "document that names another organization than its folder",
      "A document's organization comes from its folder. If the document names one too, the two must match.",
      bad: Example(
        "orgs/acme/keys/warehouse-9.yaml",
        "apiVersion: wpex.io/v1alpha1\nkind: Key\nmetadata:\n  name: warehouse-9\n  org: globex\nspec:\n  publicKey: \(Example.publicKey)\n"
      ),
      good: Example(
        "orgs/acme/keys/warehouse-9.yaml",
        "apiVersion: wpex.io/v1alpha1\nkind: Key\nmetadata:\n  name: warehouse-9\n  org: acme\nspec:\n  publicKey: \(Example.publicKey)\n"
      )),
    .selectorMatchesNothing: CatalogueEntry(
      .error, "selector that matches nothing",
      "No key has all of these labels. A label may be misspelt here or on the keys.",
      bad: .relay("region: eu-north\nport: 30102\nkeys:\n  selector:\n    matchLabels: { network: cor }"),
      good: .relay("region: eu-north\nport: 30102\nkeys:\n  selector:\n    matchLabels: { network: core }")),
    .foreignReference: CatalogueEntry(
      .error, "key of another organization",
      "Organizations never see each other's keys. Declare the key in the relay's own organization.",
      bad: .relay("region: eu-north\nport: 30102\nkeys:\n  names: [office]"), good: .goodRelay),
    .duplicateIdentity: CatalogueEntry(
      .error, "two documents with the same name",
      "Kind, organization and name identify a document. Rename one of the two, or remove it.",
      bad: Example(
        "orgs/acme/keys/copy.yaml", Example.document("Key", "warehouse-1", "publicKey: \(Example.publicKey)")),
      good: .goodKey),
    .duplicatePublicKey: CatalogueEntry(
      .error, "public key declared twice",
      "A public key identifies one peer of one organization. Declared twice, it would be accepted where it does not "
        + "belong.",
      bad: .key("publicKey: GbqklnHxPVr8wA/mCNAxt2dYtGUHCwY+sRUKY9zi4wU="), good: .goodKey),
    .duplicateAccount: CatalogueEntry(
      .error, "account shared by two users",
      "It must be clear who signed a commit or signed in, so an account belongs to one user.",
      bad: .user(
        "displayName: Marco\nemail: marco@acme.example\nstatus: active\nroles: [viewer]\nidentities:\n  github: marco\n  email: [marco@acme.example]"
      ).adding(
        Example(
          "users/other.yaml",
          Example.document(
            "User", "other",
            "displayName: Other\nemail: other@example.net\nstatus: active\nroles: [executive]\nidentities:\n  github: marco"
          ))),
      good: .user("displayName: Marco\nemail: marco@acme.example\nroles: [viewer]\nidentities:\n  github: marco")),
    .duplicateToken: CatalogueEntry(
      .error, "API token shared by two users",
      "A token belongs to one user. The user who had it in the previous commit keeps it; the other user needs a new "
        + "one.",
      bad: .user(tokenSpec(Example.tokenHash)).adding(otherToken),
      good: .user(tokenSpec(String(Example.tokenHash.reversed()))).adding(otherToken)),
    .duplicateSealedValue: CatalogueEntry(
      .error, "sealed value copied from another organization",
      "A value is sealed for one document and cannot be decrypted in any other: with a copied value, the "
        + "organization's relays cannot run. Seal the organization's own value with `wpex seal`.",
      bad: globex(Example.sealedValue).adding(.acme(Example.acmeSpec + sealedIdentity(Example.sealedValue))),
      good: .acme(Example.acmeSpec + sealedIdentity(Example.sealedValue))),
    .duplicateRegion: CatalogueEntry(
      .error, "two regions with the same name", "Relays refer to a region by its name, so the name must be unique.",
      bad: platform(second: "eu-north"), good: platform(second: "eu-west")),
  ]

  private static func tokenSpec(_ hash: String) -> String {
    """
    displayName: Marco
    email: marco@acme.example
    status: active
    roles: [viewer]
    access:
      tokens:
        - name: wallboard
          sha256: \(hash)
    """
  }

  private static let otherToken = Example(
    "users/other.yaml",
    Example.document(
      "User", "other",
      "displayName: Other\nemail: other@example.net\nstatus: active\nroles: [executive]\naccess:\n"
        + "  tokens:\n    - name: reports\n      sha256: \(Example.tokenHash)"))

  private static func sealedIdentity(_ text: String) -> String {
    "\n  sealedIdentity: |\n" + text.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
  }

  private static func globex(_ sealed: String) -> Example {
    Example(
      "orgs/globex/organization.yaml",
      Example.document(
        "Organization", "globex",
        "displayName: Globex\nstatus: active\nallowedRegions: [eu-north]\nportRange: 30200-30299\nidentity:\n"
          + "  recipient: age1dust7yahkqzfsy8qlm0nq4ncy2djtagvx867lrt7jjr9pxmwgadsnjhg3m" + sealedIdentity(sealed)))
  }

  private static func platform(second: String) -> Example {
    Example(
      "platform.yaml",
      Example.document(
        "Platform", "example",
        """
        regions:
          - name: eu-north
            publicHost: relay.north.example.net
            portRange: 30000-30999
          - name: \(second)
            publicHost: relay.west.example.net
            portRange: 31000-31999
        relay:
          image:
            repository: registry.example.net/wpex-relay
            digest: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
        recipient: age1dust7yahkqzfsy8qlm0nq4ncy2djtagvx867lrt7jjr9pxmwgadsnjhg3m
        """))
  }
}
