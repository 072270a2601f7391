import ArgumentParser
import ConfigCompiler
import ConfigModel
import RepositoryEditing

/// `wpex org`: edits of organizations.
struct OrgCommands: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "org", abstract: "Add, approve, disable and change organizations.",
    discussion: """
      Each of these edits the repository and shows the change; --commit makes the commit. A request to join is an \
      organization with `status: pending`; approval makes it active.
      """,
    subcommands: [Add.self, Approve.self, Disable.self, Identity.self, Set.self])

  /// Argument that names an organization.
  struct Name: ParsableArguments {
    @Argument(
      help: ArgumentHelp("The organization.", valueName: "name"), completion: DeclaredNames.completion(.organization))
    var org: String
  }

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Add an organization, pending until it is approved.",
      discussion: """
        EXAMPLES
          wpex org add tyrell --display-name "Tyrell Corp." --region eu-south --port-range auto --branch join-tyrell
          wpex org add tyrell --display-name "Tyrell Corp." --region eu-south --port-range 30500-30549 --relays 3 --keys 40 \\
            --contact "Operations <noc@tyrell.example>" --identity ../tyrell.identity --active
        """)

    @OptionGroup var edit: EditOptions

    @Argument(help: ArgumentHelp("The new organization.", valueName: "name"))
    var name: String

    @Option(help: ArgumentHelp("Display name.", valueName: "text"))
    var displayName: String

    @Option(
      help: ArgumentHelp("A region where it can run relays; can be repeated.", valueName: "name"),
      completion: DeclaredNames.regions)
    var region: [String] = []

    @Option(help: ArgumentHelp("Its slice of the ports, or auto for a free one of 100.", valueName: "low-high"))
    var portRange: String?

    @Option(help: ArgumentHelp("Maximum number of relays.", valueName: "count"))
    var relays: Int?

    @Option(help: ArgumentHelp("Maximum number of keys.", valueName: "count"))
    var keys: Int?

    @Option(help: ArgumentHelp("Maximum number of users.", valueName: "count"))
    var users: Int?

    @Option(help: ArgumentHelp("Total bandwidth limit of its relays.", valueName: "Mbit/s"))
    var bandwidthMbps: Int?

    @Option(help: ArgumentHelp("A contact; can be repeated.", valueName: "name <e-mail>"))
    var contact: [ContactArgument] = []

    @Option(
      help: ArgumentHelp(
        "Its age identity, to which its key bundles are encrypted; created if the file does not exist, and sealed to the platform.",
        valueName: "file"))
    var identity: String?

    @Option(
      help: ArgumentHelp(
        "Its age recipient instead, if the identity is elsewhere; `wpex org identity` adds it later.",
        valueName: "age1…"))
    var recipient: String?

    @Option(help: ArgumentHelp("A label of the organization; can be repeated.", valueName: "label=value"))
    var label: [LabelArgument] = []

    @Flag(help: "Approve it at once.")
    var active = false

    func validate() throws {
      if let portRange, portRange != "auto", PortRange(portRange) == nil {
        throw ValidationError("--port-range must be LOW-HIGH, such as 30500-30549, or auto")
      }
      if identity != nil, recipient != nil { throw ValidationError("give --identity or --recipient, not both") }
    }

    func run() async throws {
      try await EditSession.run(edit) { base in
        var new = NewOrganization(displayName: displayName)
        new.status = active ? .active : .pending
        new.regions = region
        new.portRange = portRange.flatMap { PortRange($0) }
        new.portCount = portRange == "auto" ? 100 : nil
        new.limits.relays = relays
        new.limits.keys = keys
        new.limits.users = users
        new.limits.bandwidthMbps = bandwidthMbps
        new.contacts = contact.map(\.contact)
        new.labels = label.pairs
        let file = try identity.map { try IdentityFile($0, outside: edit.repo) }
        new.identity = try file?.declared(by: name, in: base)
        if let recipient {
          new.identity = OrganizationIdentity()
          new.identity?.recipient = recipient
        }
        let made = try RepositoryEdit.addOrganization(name, new, in: base)
        if !edit.dryRun { try file?.keep() }
        return made
      }
    }
  }

  struct Approve: EditCommand {
    static let configuration = CommandConfiguration(
      abstract: "Approve an organization.",
      discussion: """
        EXAMPLES
          wpex org approve tyrell
          wpex org approve tyrell --commit --sign
        """)

    @OptionGroup var edit: EditOptions
    @OptionGroup var name: Name

    func change(of base: Compilation) throws -> RepositoryEdit {
      try RepositoryEdit.setStatus(.active, ofOrganization: name.org, in: base)
    }
  }

  struct Disable: EditCommand {
    static let configuration = CommandConfiguration(
      abstract: "Disable an organization and stop its relays.",
      discussion: """
        EXAMPLES
          wpex org disable hooli --dry-run
          wpex org disable hooli --commit -m "Hooli has left"
        """)

    @OptionGroup var edit: EditOptions
    @OptionGroup var name: Name

    func change(of base: Compilation) throws -> RepositoryEdit {
      try RepositoryEdit.setStatus(.disabled, ofOrganization: name.org, in: base)
    }
  }

  struct Identity: EditCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give an organization an age identity.",
      discussion: """
        Its key bundles are encrypted to the identity. The file is created, readable only by you, if it does not exist; its \
        secret half enters the repository only sealed to the platform, whose daemon passes it to the organization's relays.

        EXAMPLES
          wpex org identity acme --identity ../acme.identity
          wpex org identity acme --identity ../acme-2027.identity --branch new-identity --sign
        """)

    @OptionGroup var edit: EditOptions
    @OptionGroup var name: Name

    @Option(help: ArgumentHelp("The identity's file, outside the repository.", valueName: "file"))
    var identity: String

    func change(of base: Compilation) throws -> RepositoryEdit {
      let file = try IdentityFile(identity, outside: edit.repo)
      let made = try RepositoryEdit.setIdentity(
        try file.declared(by: name.org, in: base), ofOrganization: name.org, in: base)
      if !edit.dryRun { try file.keep() }
      return made
    }
  }

  struct Set: EditCommand {
    static let configuration = CommandConfiguration(
      abstract: "Set fields of an organization.",
      discussion: """
        FIELD=VALUE sets, FIELD= removes, FIELD+=A,B adds to a list and FIELD-=A,B removes from it. `wpex explain \
        Organization` shows the fields.

        EXAMPLES
          wpex org set acme limits.relays=10 slaTarget=99.95
          wpex org set acme allowedRegions+=eu-north --commit
        """)

    @OptionGroup var edit: EditOptions
    @OptionGroup var name: Name

    @Argument(help: ArgumentHelp("What to set.", valueName: "field=value"))
    var assignments: [String]

    func change(of base: Compilation) throws -> RepositoryEdit {
      try RepositoryEdit.set(assignments, .organization, DocumentAddress(name.org), in: base)
    }
  }
}

/// `NAME <E-MAIL>` on a command line.
struct ContactArgument: ExpressibleByArgument, Sendable {
  let contact: Contact

  init?(argument: String) {
    guard let open = argument.firstIndex(of: "<"), argument.hasSuffix(">") else { return nil }
    let name = argument[..<open].split(separator: " ").joined(separator: " ")
    let email = String(argument[argument.index(after: open)...].dropLast())
    guard !name.isEmpty, email.contains("@") else { return nil }
    var contact = Contact()
    contact.name = name
    contact.email = email
    self.contact = contact
  }
}
