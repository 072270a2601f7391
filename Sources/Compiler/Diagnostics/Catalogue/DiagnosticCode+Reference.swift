extension DiagnosticCode {
  /// Codes about names of something that does not exist or exists twice.
  static let referenceEntries: [DiagnosticCode: CatalogueEntry] = [
    .unknownKey: CatalogueEntry(
      .error, "unknown key", "A relay takes keys that are declared in its own organization's `keys/`.",
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
      .error, "document of another organization than its folder's",
      "A document's organization comes from its folder. Where it is written as well, the two must agree.",
      bad: Example(
        "orgs/acme/keys/warehouse-9.yaml",
        "apiVersion: wpex.io/v1alpha1\nkind: Key\nmetadata:\n  name: warehouse-9\n  org: globex\nspec:\n  publicKey: \(Example.publicKey)\n"
      ),
      good: Example(
        "orgs/acme/keys/warehouse-9.yaml",
        "apiVersion: wpex.io/v1alpha1\nkind: Key\nmetadata:\n  name: warehouse-9\n  org: acme\nspec:\n  publicKey: \(Example.publicKey)\n"
      )),
    .selectorMatchesNothing: CatalogueEntry(
      .error, "selector without any match",
      "No key carries all of these labels. The labels here or on the keys are misspelt.",
      bad: .relay("region: eu-north\nport: 30102\nkeys:\n  selector:\n    matchLabels: { network: cor }"),
      good: .relay("region: eu-north\nport: 30102\nkeys:\n  selector:\n    matchLabels: { network: core }")),
    .foreignReference: CatalogueEntry(
      .error, "key of another organization",
      "Organizations never see each other's keys. Declare the key in the relay's own organization.",
      bad: .relay("region: eu-north\nport: 30102\nkeys:\n  names: [office]"), good: .goodRelay),
    .duplicateIdentity: CatalogueEntry(
      .error, "two documents with one name",
      "Kind, organization and name identify a document. Rename one of the two, or remove it.",
      bad: Example(
        "orgs/acme/keys/copy.yaml", Example.document("Key", "warehouse-1", "publicKey: \(Example.publicKey)")),
      good: .goodKey),
    .duplicatePublicKey: CatalogueEntry(
      .error, "public key declared twice",
      "A public key is one peer of one organization; twice, it would be let in where it does not belong.",
      bad: .key("publicKey: GbqklnHxPVr8wA/mCNAxt2dYtGUHCwY+sRUKY9zi4wU="), good: .goodKey),
    .duplicateAccount: CatalogueEntry(
      .error, "account of two users",
      "Who signed a commit or logged in must be beyond doubt: an account belongs to one user.",
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
      .error, "API token of two users",
      "A token is one user's. The user who had it in the commit before keeps it; the other one needs another token.",
      bad: .user(tokenSpec(Example.tokenHash)).adding(otherToken),
      good: .user(tokenSpec(String(Example.tokenHash.reversed()))).adding(otherToken)),
    .duplicateSealedValue: CatalogueEntry(
      .error, "sealed value of another organization",
      "A value is sealed for one document and opens in no other: a copied one keeps the organization's relays from running. "
        + "Seal the organization's own with `wpex seal`.",
      bad: globex(Example.sealedValue).adding(.acme(Example.acmeSpec + sealedIdentity(Example.sealedValue))),
      good: .acme(Example.acmeSpec + sealedIdentity(Example.sealedValue))),
    .duplicateRegion: CatalogueEntry(
      .error, "two regions with one name", "Relays name a region; the name must mean one.",
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
