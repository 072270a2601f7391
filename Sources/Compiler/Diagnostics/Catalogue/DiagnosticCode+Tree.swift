extension DiagnosticCode {
  /// Codes about files and folders that a repository may not contain.
  static let treeEntries: [DiagnosticCode: CatalogueEntry] = [
    .symbolicLink: CatalogueEntry(
      .error, "symbolic link or special file",
      "A link can refer to a different file on every machine, and can lead out of the repository. Put the file itself "
        + "there.",
      bad: Example([Example.Entry("orgs/acme/keys/linked.yaml", .symbolicLink(target: "warehouse-1.yaml"))]),
      good: .goodKey),
    .submodule: CatalogueEntry(
      .error, "submodule",
      "Another repository determines what a submodule contains, and its changes are not reviewed here. Copy its files.",
      bad: Example([Example.Entry("orgs/acme/shared", .submodule)]), good: .goodKey),
    .unsafePath: CatalogueEntry(
      .error, "unsafe path",
      "Names such as `..`, variants of `.git`, control characters and backslashes do harm when a repository is "
        + "checked out on some systems. Rename the file.",
      bad: Example([Example.Entry("docs/.GIT/config", .text("[core]\n"))]),
      good: Example([Example.Entry("docs/git/config", .text("[core]\n"))])),
    .pathCollision: CatalogueEntry(
      .error, "two names that are the same on some file systems",
      "On a Mac or on Windows only one of the two files would exist after a checkout. Rename one.",
      bad: Example([
        Example.Entry("docs/Notes.md", .text("a\n")), Example.Entry("docs/notes.md", .text("b\n")),
      ]), good: Example([Example.Entry("docs/notes.md", .text("b\n"))])),
    .fileTooLarge: CatalogueEntry(
      .error, "file of more than 1 MiB",
      "Nobody can review a file of this size. Split it; a file can contain several documents, and a folder many files.",
      bad: Example([
        Example.Entry(
          "orgs/acme/keys/warehouse-9.yaml", .repeated(prefix: "", text: "# a long comment\n", count: 70_000))
      ]), good: .goodKey),
    .misplacedFile: CatalogueEntry(
      .error, "misplaced YAML file",
      "Otherwise, a misplaced file would be silently ignored, although somebody believes that it counts. Move it to "
        + "its proper path, or list it in `.wpexignore` if it is for another program.",
      bad: Example(
        "orgs/acme/key/warehouse-9.yaml", Example.document("Key", "warehouse-9", "publicKey: \(Example.publicKey)")),
      good: .goodKey),
    .missingPlatform: CatalogueEntry(
      .error, "no platform.yaml",
      "Regions, the relay's image and the policy are declared in `platform.yaml` at the repository's root. Are you in "
        + "the right folder? `--repo` selects another.",
      bad: Example([Example.Entry("platform.yaml", .absent)]), good: Example([])),
    .missingOrganization: CatalogueEntry(
      .error, "organization folder without organization.yaml",
      "Every folder below `orgs/` is an organization, described by its `organization.yaml`.",
      bad: Example(
        "orgs/initech/keys/office.yaml", Example.document("Key", "office", "publicKey: \(Example.publicKey)")),
      good: Example(
        "orgs/initech/organization.yaml", Example.document("Organization", "initech", "displayName: Initech"))),
    .kindMisplaced: CatalogueEntry(
      .error, "document in a folder for another kind",
      "A file's path decides who can change it, so a Relay among keys would escape its rules. Move the document.",
      bad: Example(
        "orgs/acme/relays/warehouse-9.yaml", Example.document("Key", "warehouse-9", "publicKey: \(Example.publicKey)")),
      good: .goodKey),
    .severalOfOneKind: CatalogueEntry(
      .error, "second Platform or Organization",
      "A repository has one platform, and a folder below `orgs/` one organization.",
      bad: Example(
        "orgs/acme/organization.yaml",
        Example.document("Organization", "acme", Example.acmeSpec) + "---\n"
          + Example.document("Organization", "acme", "displayName: Another")),
      good: .acme(Example.acmeSpec)),
    .invalidFolderName: CatalogueEntry(
      .error, "folder name that is not a valid organization name",
      "The folder's name becomes part of a Kubernetes namespace: lower-case letters, digits and `-`, at most 40 of them.",
      bad: Example(
        "orgs/Initech_GmbH/organization.yaml", Example.document("Organization", "initech", "displayName: Initech")),
      good: Example(
        "orgs/initech/organization.yaml", Example.document("Organization", "initech", "displayName: Initech"))),
  ]
}
