extension DiagnosticCode {
  /// Whether the code is about a change and its author, rather than about the state of a repository.
  package var isAboutChanges: Bool { entry.bad.actor != nil }

  /// Codes about changes that their author may not make.
  static let authorityEntries: [DiagnosticCode: CatalogueEntry] = [
    .changeNotPermitted: CatalogueEntry(
      .error, "change without the required permission",
      "Each changed document, and within users and organizations each changed field, needs a permission. The users "
        + "and roles in the commit before the change decide, never those in the change. Ask a user who has one of the "
        + "roles in the message; docs/authority.md has the table.",
      bad: acme(
        Example.acmeSpec.replacing("relays: 3", with: "relays: 30")
      ).by("user:acme/giulia"),
      good: acme(
        Example.acmeSpec.replacing("relays: 3", with: "relays: 30")
      ).by("user:root")),
    .rightsNotGreater: CatalogueEntry(
      .error, "rights that are not fewer than the author's own",
      "Users cannot raise their own rights, grant rights that they do not have, or change a user who has as many: "
        + "otherwise the repository would be only as safe as its least careful engineer. Users with every permission "
        + "can change one another. A credential (an SSH key, an account, a token) counts as all the rights of its "
        + "user.",
      bad: .user(engineerSpec).by("user:acme/giulia"), good: .user(viewerSpec).by("user:acme/giulia")),
    .pathNotPermitted: CatalogueEntry(
      .error, "path that only platform operators can change",
      "Only those who run the platform can change files that the compiler does not read (CI files, CODEOWNERS, "
        + "notes), cannot parse, or does not expect at their path. In an organization's folder, change documents.",
      bad: Example(".github/workflows/ci.yaml", "on: push\n").by("user:acme/giulia"),
      good: Example(".github/workflows/ci.yaml", "on: push\n").by("user:root")),
    .claimHeldByOther: CatalogueEntry(
      .error, "claim that belongs to somebody else",
      "An account, an SSH key, a subject, an API token, a public key, a port or a range of ports belongs to its "
        + "holder in the commit before the change: nobody else can claim it, whatever their role. The holder can give "
        + "it up first, or the same change can remove it.",
      bad: .key("publicKey: Rf4ldvsLVN7nCWliw1u9av/OAdEUJYdjYwSfZrDeid0=").by("user:root"),
      good: Example.goodKey.by("user:root")),
    .beyondOffer: CatalogueEntry(
      .error, "relay that takes more than the platform offers to tenants",
      "A relay runs in the provider's cluster. Without `platform:write`, users can choose the platform's image, the "
        + "region's exposure, the default resources and a few replicas, and whatever else `Platform.spec.tenants` "
        + "offers: `images`, `exposures`, `maxReplicas`, `maxResources` and `probes`. What a relay has already, it keeps: "
        + "only a change that takes more is refused. Choose something that is offered, ask an admin to make the "
        + "change, or ask them to offer it. Editors show this code as information as soon as an edit takes more.",
      bad: .relay(hostPortSpec).by("user:acme/giulia"),
      good: .relay(hostPortSpec.replacing("HostPort", with: "NodePort")).by("user:acme/giulia")),
  ]

  private static let hostPortSpec = """
    region: eu-north
    port: 30102
    exposure: HostPort
    keys:
      names: [headquarters]
    """

  private static let engineerSpec = """
    displayName: Marco Bianchi
    email: marco@acme.example
    status: active
    roles: [engineer]
    """

  private static let viewerSpec = engineerSpec.replacing("[engineer]", with: "[viewer]")

  private static func acme(_ spec: String) -> Example { .acme(spec) }
}
