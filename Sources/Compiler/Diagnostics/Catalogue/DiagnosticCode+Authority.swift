extension DiagnosticCode {
  /// Whether the code is about a change and its author, rather than about the state of a repository.
  package var isAboutChanges: Bool { entry.bad.actor != nil }

  /// Codes about changes that their author may not make.
  static let authorityEntries: [DiagnosticCode: CatalogueEntry] = [
    .changeNotPermitted: CatalogueEntry(
      .error, "change without the permission for it",
      "Each changed document, and within users and organizations each changed field, needs a permission. The users and "
        + "roles of the commit before the change decide, never those of the change. Ask somebody who has a role that the "
        + "message names; docs/authority.md has the table.",
      bad: acme(
        Example.acmeSpec.replacing("relays: 3", with: "relays: 30")
      ).by("user:acme/giulia"),
      good: acme(
        Example.acmeSpec.replacing("relays: 3", with: "relays: 30")
      ).by("user:root")),
    .rightsNotGreater: CatalogueEntry(
      .error, "rights that are not less than one's own",
      "Nobody raises their own rights, gives rights that they do not have, or changes a user who has as many: otherwise "
        + "the repository would be as safe as its least careful engineer. Those who may do everything look after each "
        + "other. A credential (an SSH key, an account, a token) counts as all the rights of its user.",
      bad: .user(engineerSpec).by("user:acme/giulia"), good: .user(viewerSpec).by("user:acme/giulia")),
    .pathNotPermitted: CatalogueEntry(
      .error, "path that is not for everybody",
      "What the compiler does not read (CI files, CODEOWNERS, notes), what it cannot understand and what is in no place "
        + "that it knows is for those who run the platform. In an organization's folder, change documents.",
      bad: Example(".github/workflows/ci.yaml", "on: push\n").by("user:acme/giulia"),
      good: Example(".github/workflows/ci.yaml", "on: push\n").by("user:root")),
    .claimHeldByOther: CatalogueEntry(
      .error, "what somebody else has",
      "An account, an SSH key, a subject, an API token, a public key, a port or a slice of the ports that somebody has in the "
        + "commit before the change is theirs: nobody may claim it beside them, whatever their role. It can be given up "
        + "first, or by the same change.",
      bad: .key("publicKey: Rf4ldvsLVN7nCWliw1u9av/OAdEUJYdjYwSfZrDeid0=").by("user:root"),
      good: Example.goodKey.by("user:root")),
  ]

  private static let engineerSpec = """
    displayName: Marco Bianchi
    email: marco@acme.example
    status: active
    roles: [engineer]
    """

  private static let viewerSpec = engineerSpec.replacing("[engineer]", with: "[viewer]")

  private static func acme(_ spec: String) -> Example { .acme(spec) }
}
