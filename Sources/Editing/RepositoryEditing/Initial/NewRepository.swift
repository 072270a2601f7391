package import ConfigModel
import TextFormats

/// The initial content of a config repository.
package struct NewRepository: Sendable {
  /// The platform's name.
  package var name: String
  /// The first administrator.
  package var admin: NewUser
  /// The name of the administrator's document.
  package var adminName: String
  /// The first region.
  package var region: Region
  /// The relay's image.
  package var image: Image
  /// The age recipient of the sync daemon.
  package var recipient: String
  /// The Ed25519 public key in base64 that signs what relays use; nil for none.
  package var declarationKey: String?
  /// Pipeline files with which a Git host checks changes.
  package var pipeline: [CITemplate]

  package init(
    name: String, adminName: String, admin: NewUser, region: Region, image: Image, recipient: String,
    declarationKey: String? = nil, pipeline: [CITemplate]
  ) {
    self.name = name
    self.adminName = adminName
    self.admin = admin
    self.region = region
    self.image = image
    self.recipient = recipient
    self.declarationKey = declarationKey
    self.pipeline = pipeline
  }

  /// All files, sorted by path.
  package var files: [(path: String, bytes: [UInt8])] {
    var files: [(path: String, bytes: [UInt8])] = [
      ("platform.yaml", platform), ("users/\(adminName).yaml", DocumentFile.text(admin, name: adminName)),
      ("README.md", Array(readme.utf8)), (".gitignore", Array(Self.ignored.utf8)),
    ]
    for template in pipeline { files.append((template.path, Array(template.text.utf8))) }
    return files.sorted { $0.path < $1.path }
  }

  /// All files as additions to a repository.
  package var changes: [RepositoryEdit.FileChange] {
    files.map { RepositoryEdit.FileChange(path: $0.path, before: nil, after: $0.bytes) }
  }

  private var platform: [UInt8] {
    var region: JSON.Members = ["name": .string(self.region.name)]
    if let displayName = self.region.displayName { region["displayName"] = .string(displayName) }
    region["cluster"] = .string(self.region.cluster)
    region["publicHost"] = .string(self.region.publicHost)
    if let range = self.region.portRange { region["portRange"] = .string(range.description) }
    region["exposure"] = .string(self.region.exposure.rawValue)
    var image: JSON.Members = ["repository": .string(self.image.repository)]
    if let tag = self.image.tag { image["tag"] = .string(tag) }
    if let digest = self.image.digest { image["digest"] = .string(digest) }
    var spec: JSON.Members = [
      "regions": [.object(region)], "relay": ["image": .object(image)], "recipient": .string(recipient),
    ]
    spec["declarationKeys"] = declarationKey.map { [.string($0)] }
    spec["policy"] = [
      "requireSignedCommits": false, "minimumAdmins": 1, "maxDeletions": ["count": 20, "percent": 25],
    ]
    let document = DocumentFile.text(.platform, name: name, spec: spec)
    return Array("# What the provider offers: regions, the relay's image, and the rules for everybody.\n".utf8)
      + document
  }

  private static let ignored = """
    # Files that must never be committed: secret halves of identities and keys.
    *.identity
    *.key

    # Output of `wpex render`.
    /out/

    """

  private var readme: String {
    let checks = pipeline.map { "`\($0.path)`" }.joined(separator: " and ")
    let step =
      pipeline.isEmpty
      ? "" : "\n\(checks) check\(pipeline.count == 1 ? "s" : "") every change that is proposed; set the image there.\n"
    return """
      # \(name)

      WireGuard relays, declared in YAML and compiled by wpex. Every change is a commit.

      | path | contents |
      |---|---|
      | `platform.yaml` | regions, the relay's image, policy |
      | `users/` | admins and other users with access to every organization |
      | `roles/` | roles besides the built-in ones |
      | `orgs/NAME/` | an organization: `organization.yaml`, `users/`, `keys/`, `relays/` |
      \(step)
      ## The first steps

      ```sh
      wpex validate
      wpex org add acme --display-name "Acme" --region \(region.name) --port-range auto --identity ../acme.identity --active
      wpex key add acme/headquarters --public-key -        # what `wg pubkey` prints
      wpex relay create acme/first --region \(region.name) --key headquarters
      git add --all && git commit
      ```

      `wpex explain Relay` shows every field of a kind, and `wpex COMMAND --help` has examples.

      """
  }
}
