import ArgumentParser
import ConfigCompiler
import ConfigModel
import RepositoryEditing

/// `wpex key`: edits of keys.
struct KeyCommands: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key", abstract: "Add, seal, rotate, revoke and change keys.",
    discussion: """
      Only the public half of a WireGuard key ever enters the repository. Each of these edits the repository and shows the \
      change; --commit makes the commit.
      """,
    subcommands: [Add.self, SealKey.self, Rotate.self, Revoke.self, Set.self])

  /// Argument that names a key.
  struct Address: ParsableArguments {
    @Argument(help: ArgumentHelp("The key.", valueName: "org/name"), completion: DeclaredNames.completion(.key))
    var key: String
  }

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Add a key.",
      discussion: """
        EXAMPLES
          wpex key add acme/warehouse-9 --public-key xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg= --label network=warehouses
          wg pubkey < warehouse-9.key | wpex key add acme/warehouse-9 --public-key - --seal --relay milan-1
          wpex key add acme/auditors --public-key - --expires 2027-01-31 --region eu-south --commit < auditors.pub
          wpex key add acme/milan-b --public-key - --subnet 10.20.1.0/24 --overlap intended < milan-b.pub
        """)

    @OptionGroup var edit: EditOptions
    @OptionGroup var input: KeyInput

    @Argument(help: ArgumentHelp("The new key.", valueName: "org/name"))
    var key: String

    @Option(help: ArgumentHelp("Display name.", valueName: "text"))
    var alias: String?

    @Option(help: ArgumentHelp("A label of the key; can be repeated.", valueName: "label=value"))
    var label: [LabelArgument] = []

    @Option(help: ArgumentHelp("The last day on which it is valid.", valueName: "YYYY-MM-DD"))
    var expires: DayArgument?

    @Option(help: ArgumentHelp("Region nearest to the site.", valueName: "name"), completion: DeclaredNames.regions)
    var region: String?

    @Option(help: ArgumentHelp("Subnet behind the site.", valueName: "address/bits"))
    var subnet: String?

    @Option(
      help: ArgumentHelp(
        "Allow the subnet to overlap those behind other keys, such as that of a second router of the site.",
        valueName: "how"))
    var overlap: SubnetOverlap?

    @Option(help: ArgumentHelp("Public IP address of the site.", valueName: "address"))
    var publicIP: String?

    @Option(help: ArgumentHelp("Location of the site.", valueName: "text"))
    var location: String?

    @Option(help: ArgumentHelp("A relay that accepts it by name; can be repeated.", valueName: "name"))
    var relay: [String] = []

    @Option(help: ArgumentHelp("Write to this file of the organization's keys/ folder.", valueName: "path"))
    var file: String?

    func validate() throws {
      if input.publicKey == nil { throw ValidationError("give --public-key KEY, or - to read it from standard input") }
      if overlap != nil, subnet == nil { throw ValidationError("--overlap is about --subnet: give both") }
    }

    func run() async throws {
      let text = try input.read() ?? ""
      try await EditSession.run(edit) { base in
        let address = try DocumentAddress(key)
        var new = NewKey(try input.material(text, sealed: input.seal, for: address, in: base))
        new.alias = alias
        new.labels = label.pairs
        new.expires = expires?.day
        new.site.region = region
        new.site.subnet = subnet
        new.site.overlap = overlap
        new.site.publicIP = publicIP
        new.site.location = location
        new.relays = relay
        new.file = file
        return try RepositoryEdit.addKey(address, new, in: base)
      }
    }
  }

  /// `wpex key seal`.
  struct SealKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "seal",
      abstract: "Replace a key's public key by a sealed one, which only its organization can read.",
      discussion: """
        Seals the declared key, or --public-key. A key that was in the clear remains in the repository's history.

        EXAMPLES
          wpex key seal initech/office-berlin
          wg pubkey < new.key | wpex key seal initech/office-berlin --public-key - --commit
        """)

    @OptionGroup var edit: EditOptions
    @OptionGroup var input: KeyInput
    @OptionGroup var address: Address

    func run() async throws {
      let given = try input.read()
      try await EditSession.run(edit) { base in
        let address = try DocumentAddress(address.key)
        let declared = try base.key(address)
        guard let text = given ?? declared.spec.publicKey.flatMap({ KeyInput.text(of: $0) }) else {
          throw CommandError(.usage, "`\(address)` is sealed already: give another key with --public-key")
        }
        let material = try input.material(text, sealed: true, for: address, in: base)
        return try RepositoryEdit.replaceKey(address, with: material, summary: "Seal key", in: base)
      }
    }
  }

  struct Rotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Replace a key's public key.",
      discussion: """
        A sealed key stays sealed, and a clear one stays clear unless --seal is given. Once the change is merged, relays \
        accept the new key instead of the old one.

        EXAMPLES
          wg genkey | tee new.key | wg pubkey | wpex key rotate acme/warehouse-rome --public-key -
          wpex key rotate acme/auditors-2026 --public-key - --expires 2027-12-31 --commit < auditors.pub
        """)

    @OptionGroup var edit: EditOptions
    @OptionGroup var input: KeyInput
    @OptionGroup var address: Address

    @Option(help: ArgumentHelp("The last day on which it is valid.", valueName: "YYYY-MM-DD"))
    var expires: DayArgument?

    func validate() throws {
      if input.publicKey == nil { throw ValidationError("give --public-key KEY, or - to read it from standard input") }
    }

    func run() async throws {
      let text = try input.read() ?? ""
      try await EditSession.run(edit) { base in
        let address = try DocumentAddress(address.key)
        let declared = try base.key(address)
        let material = try input.material(
          text, sealed: input.seal || declared.spec.sealedKey != nil, for: address, in: base)
        return try RepositoryEdit.replaceKey(
          address, with: material, expires: expires?.day, summary: "Rotate key", in: base)
      }
    }
  }

  struct Revoke: EditCommand {
    static let configuration = CommandConfiguration(
      abstract: "Revoke a key; its file is kept for the record.",
      discussion: """
        It is removed from relays that name it, unless it is their only key.

        EXAMPLES
          wpex key revoke acme/laptop-rossi
          wpex key revoke acme/laptop-rossi --branch stolen-laptop --sign -m "Revoke a stolen laptop's key"
        """)

    @OptionGroup var edit: EditOptions
    @OptionGroup var address: Address

    func change(of base: Compilation) throws -> RepositoryEdit {
      try RepositoryEdit.revokeKey(DocumentAddress(address.key), in: base)
    }
  }

  struct Set: EditCommand {
    static let configuration = CommandConfiguration(
      abstract: "Set fields of a key.",
      discussion: """
        FIELD=VALUE sets, FIELD= removes. `wpex explain Key` shows the fields.

        EXAMPLES
          wpex key set acme/warehouse-rome expires=2027-12-31 "site.location=Roma, IT"
          wpex key set acme/warehouse-rome labels.network=warehouses expires= --commit
        """)

    @OptionGroup var edit: EditOptions
    @OptionGroup var address: Address

    @Argument(help: ArgumentHelp("What to set.", valueName: "field=value"))
    var assignments: [String]

    func change(of base: Compilation) throws -> RepositoryEdit {
      try RepositoryEdit.set(assignments, .key, DocumentAddress(address.key), in: base)
    }
  }
}

extension SubnetOverlap: ExpressibleByArgument {}
