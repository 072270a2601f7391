import ArgumentParser
import ConfigCompiler
import ConfigModel
import RepositoryEditing

/// `wpex user`: edits of users.
struct UserCommands: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "user", abstract: "Add, approve, disable and change users, and grant roles.",
    discussion: """
      ORG/NAME is a user of an organization, NAME a global one. Each of these edits the repository and shows the change; \
      --commit makes the commit.
      """,
    subcommands: [Add.self, Approve.self, Disable.self, Grant.self, Revoke.self, Set.self])

  /// Argument that names a user.
  struct Address: ParsableArguments {
    @Argument(
      help: ArgumentHelp("The user.", valueName: "org/name"), completion: DeclaredNames.completion(.user))
    var user: String
  }

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Add a user, pending until approved.",
      discussion: """
        A user of an organization is a viewer unless --role says otherwise.

        EXAMPLES
          wpex user add acme/sara-gallo --display-name "Sara Gallo" --email sara@acme.example --github sgallo --branch join-sara
          wpex user add nina-berg --display-name "Nina Berg" --email nina@nordsud.example --role executive
          wpex user add acme/sara-gallo --display-name "Sara Gallo" --email sara@acme.example --role engineer \\
            --ssh-key ~/.ssh/id_ed25519.pub --active
        """)

    @OptionGroup var edit: EditOptions

    @Argument(help: ArgumentHelp("The new user: ORG/NAME, or NAME for a global one.", valueName: "org/name"))
    var user: String

    @Option(help: ArgumentHelp("Display name.", valueName: "text"))
    var displayName: String

    @Option(help: ArgumentHelp("E-mail address.", valueName: "address"))
    var email: String

    @Option(help: ArgumentHelp("A role; can be repeated.", valueName: "name"))
    var role: [String] = []

    @Option(help: ArgumentHelp("The account on GitHub.", valueName: "account"))
    var github: String?

    @Option(help: ArgumentHelp("The account on GitLab.", valueName: "account"))
    var gitlab: String?

    @Option(help: ArgumentHelp("A subject of an OpenID Connect issuer; can be repeated.", valueName: "issuer=subject"))
    var oidc: [SubjectArgument] = []

    @Option(
      help: ArgumentHelp(
        "A file with an Ed25519 SSH public key that signs commits; can be repeated.", valueName: "file"))
    var sshKey: [String] = []

    @Option(help: ArgumentHelp("A label of the user; can be repeated.", valueName: "label=value"))
    var label: [LabelArgument] = []

    @Flag(help: "Approve the user at once.")
    var active = false

    @Option(help: ArgumentHelp("Write to this file of the users/ folder.", valueName: "path"))
    var file: String?

    func run() async throws {
      let keys = try sshKey.map(SSHKeyFile.read)
      try await EditSession.run(edit) { base in
        let address = try DocumentAddress(user)
        guard address.org != nil || !role.isEmpty else {
          throw CommandError(.usage, "`\(address)` is a global user: name a role with --role, such as executive")
        }
        var new = NewUser(displayName: displayName, email: email, roles: role.isEmpty ? ["viewer"] : role)
        new.status = active ? .active : .pending
        new.identities.github = github
        new.identities.gitlab = gitlab
        new.identities.oidc = oidc.map(\.identity)
        new.identities.sshKeys = keys
        new.labels = label.pairs
        new.file = file
        return try RepositoryEdit.addUser(address, new, in: base)
      }
    }
  }

  struct Approve: EditCommand {
    static let configuration = CommandConfiguration(
      abstract: "Approve a user.",
      discussion: """
        EXAMPLES
          wpex user approve acme/luca-ferrari
          wpex user approve acme/luca-ferrari --commit --sign
        """)

    @OptionGroup var edit: EditOptions
    @OptionGroup var address: Address

    func change(of base: Compilation) throws -> RepositoryEdit {
      try RepositoryEdit.setStatus(.active, ofUser: DocumentAddress(address.user), in: base)
    }
  }

  struct Disable: EditCommand {
    static let configuration = CommandConfiguration(
      abstract: "Remove all rights of a user; the file is kept for the record.",
      discussion: """
        EXAMPLES
          wpex user disable acme/marco-bianchi
          wpex user disable davide-conti --branch davide-leaves
        """)

    @OptionGroup var edit: EditOptions
    @OptionGroup var address: Address

    func change(of base: Compilation) throws -> RepositoryEdit {
      try RepositoryEdit.setStatus(.disabled, ofUser: DocumentAddress(address.user), in: base)
    }
  }

  struct Grant: EditCommand {
    static let configuration = CommandConfiguration(
      abstract: "Grant roles to a user.",
      discussion: """
        EXAMPLES
          wpex user grant acme/marco-bianchi engineer
          wpex user grant acme/marco-bianchi engineer noc --commit
        """)

    @OptionGroup var edit: EditOptions
    @OptionGroup var address: Address

    @Argument(help: ArgumentHelp("The roles.", valueName: "role"))
    var roles: [String]

    func change(of base: Compilation) throws -> RepositoryEdit {
      try RepositoryEdit.grant(roles, to: DocumentAddress(address.user), in: base)
    }
  }

  struct Revoke: EditCommand {
    static let configuration = CommandConfiguration(
      abstract: "Revoke roles of a user.",
      discussion: """
        EXAMPLES
          wpex user revoke acme/giulia-rossi engineer
          wpex user revoke acme/giulia-rossi engineer --commit
        """)

    @OptionGroup var edit: EditOptions
    @OptionGroup var address: Address

    @Argument(help: ArgumentHelp("The roles.", valueName: "role"))
    var roles: [String]

    func change(of base: Compilation) throws -> RepositoryEdit {
      try RepositoryEdit.revoke(roles, from: DocumentAddress(address.user), in: base)
    }
  }

  struct Set: EditCommand {
    static let configuration = CommandConfiguration(
      abstract: "Set fields of a user.",
      discussion: """
        FIELD=VALUE sets, FIELD= removes, FIELD+=A,B adds to a list and FIELD-=A,B removes from it. `wpex explain User` shows \
        the fields.

        EXAMPLES
          wpex user set acme/giulia-rossi email=giulia.rossi@acme.example identities.gitlab=
          wpex user set acme/giulia-rossi access.ipAllowlist+=198.51.100.0/24 --commit
        """)

    @OptionGroup var edit: EditOptions
    @OptionGroup var address: Address

    @Argument(help: ArgumentHelp("What to set.", valueName: "field=value"))
    var assignments: [String]

    func change(of base: Compilation) throws -> RepositoryEdit {
      try RepositoryEdit.set(assignments, .user, DocumentAddress(address.user), in: base)
    }
  }
}

/// `ISSUER=SUBJECT` on a command line.
struct SubjectArgument: ExpressibleByArgument, Sendable {
  let identity: OIDCIdentity

  init?(argument: String) {
    // An issuer may contain `=` itself; the subject follows the last one.
    guard let sign = argument.lastIndex(of: "="), argument.hasPrefix("https://") else { return nil }
    var identity = OIDCIdentity()
    identity.issuer = String(argument[..<sign])
    identity.subject = String(argument[argument.index(after: sign)...])
    guard !identity.subject.isEmpty else { return nil }
    self.identity = identity
  }
}
