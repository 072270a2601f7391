import ArgumentParser
import ConfigCompiler
import ConfigModel
import RepositoryEditing

/// `wpex relay`: edits of relays.
struct RelayCommands: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "relay", abstract: "Create, start, stop, restart, upgrade, change and delete relays.",
    discussion: """
      Each of these edits the repository and shows the change; --commit makes the commit. The merge applies it.
      """,
    subcommands: [
      Create.self, Start.self, Stop.self, Restart.self, Upgrade.self, Set.self, AccessCommands.self, Delete.self,
    ])

  /// Argument that names a relay.
  struct Address: ParsableArguments {
    @Argument(
      help: ArgumentHelp("The relay.", valueName: "org/name"), completion: DeclaredNames.completion(.relay))
    var relay: String
  }

  struct Create: EditCommand {
    static let configuration = CommandConfiguration(
      abstract: "Add a relay.",
      discussion: """
        Without --port, the relay gets the lowest free port in the organization's slice of the region's range. Set the labels \
        that the platform's policy requires with --label: sample-repo requires a `tier`.

        EXAMPLES
          wpex relay create acme/milan-2 --region eu-south --key headquarters --key laptop-rossi --label tier=gold
          wpex relay create acme/milan-3 --region eu-south --selector network=warehouses --label tier=silver --commit
          wpex relay create acme/milan-4 --region eu-south --port 30120 --key headquarters --stopped --dry-run
          wpex relay create acme/europe --region eu-south --region eu-north --selector network=warehouses --label tier=gold
        """)

    @OptionGroup var edit: EditOptions

    @Argument(help: ArgumentHelp("The new relay.", valueName: "org/name"))
    var relay: String

    @Option(
      help: ArgumentHelp("The region it runs in; repeat it for one relay of several regions.", valueName: "name"),
      completion: DeclaredNames.regions)
    var region: [String]

    @Option(help: ArgumentHelp("Its UDP port, or auto.", valueName: "port"))
    var port = "auto"

    @Option(
      help: ArgumentHelp("The UDP port at which several regions reach each other, or auto.", valueName: "port"))
    var clusterPort = "auto"

    @Option(help: ArgumentHelp("A key that it accepts; can be repeated.", valueName: "name"))
    var key: [String] = []

    @Option(help: ArgumentHelp("A label of keys that it accepts; can be repeated.", valueName: "label=value"))
    var selector: [LabelArgument] = []

    @Option(help: ArgumentHelp("A label of the relay; can be repeated.", valueName: "label=value"))
    var label: [LabelArgument] = []

    @Option(help: ArgumentHelp("Bandwidth limit.", valueName: "Mbit/s"))
    var bandwidthMbps: Int?

    @Option(help: ArgumentHelp("Number of pods, which behave as one relay.", valueName: "count"))
    var replicas: Int?

    @Flag(help: "Create it stopped.")
    var stopped = false

    @Flag(help: "Protect it from deletion.")
    var protected = false

    @Option(help: ArgumentHelp("Write to this file of the organization's relays/ folder.", valueName: "path"))
    var file: String?

    func validate() throws {
      guard port == "auto" || Int(port).map({ (1...65_535).contains($0) }) == true else {
        throw ValidationError("--port must be a number from 1 to 65535, or auto")
      }
      guard clusterPort == "auto" || Int(clusterPort).map({ (1...65_535).contains($0) }) == true else {
        throw ValidationError("--cluster-port must be a number from 1 to 65535, or auto")
      }
      guard !region.isEmpty else { throw ValidationError("name the region with --region") }
    }

    func change(of base: Compilation) throws -> RepositoryEdit {
      var new = NewRelay(regions: region)
      new.port = Int(port)
      new.clusterPort = Int(clusterPort)
      new.keys = key
      new.selector = selector.pairs
      new.labels = label.pairs
      new.bandwidthMbps = bandwidthMbps
      new.replicas = replicas
      new.state = stopped ? .stopped : .running
      new.isProtected = protected
      new.file = file
      return try RepositoryEdit.createRelay(DocumentAddress(relay), new, in: base)
    }
  }

  struct Start: EditCommand {
    static let configuration = CommandConfiguration(
      abstract: "Start a relay.",
      discussion: """
        EXAMPLES
          wpex relay start acme/turin-1
          wpex relay start acme/turin-1 --branch start-turin --sign
        """)

    @OptionGroup var edit: EditOptions
    @OptionGroup var address: Address

    func change(of base: Compilation) throws -> RepositoryEdit {
      try RepositoryEdit.setState(.running, ofRelay: DocumentAddress(address.relay), in: base)
    }
  }

  struct Stop: EditCommand {
    static let configuration = CommandConfiguration(
      abstract: "Stop a relay but keep its configuration.",
      discussion: """
        EXAMPLES
          wpex relay stop acme/milan-guests
          wpex relay stop acme/milan-guests --commit -m "Close the guests' relay over Christmas"
        """)

    @OptionGroup var edit: EditOptions
    @OptionGroup var address: Address

    func change(of base: Compilation) throws -> RepositoryEdit {
      try RepositoryEdit.setState(.stopped, ofRelay: DocumentAddress(address.relay), in: base)
    }
  }

  struct Restart: EditCommand {
    static let configuration = CommandConfiguration(
      abstract: "Restart a relay's pods, one after the other.",
      discussion: """
        Sets `restartedAt` to the current time, which restarts the pods.

        EXAMPLES
          wpex relay restart acme/milan-1
          wpex relay restart acme/milan-1 --commit
        """)

    @OptionGroup var edit: EditOptions
    @OptionGroup var address: Address

    func change(of base: Compilation) throws -> RepositoryEdit {
      try RepositoryEdit.restartRelay(DocumentAddress(address.relay), now: EditSession.now, in: base)
    }
  }

  struct Upgrade: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Change the image of one relay, or of all that use the platform's.",
      discussion: """
        A digest fixes which image runs, even if the tag moves; give both if you know both.

        EXAMPLES
          wpex relay upgrade acme/milan-1 --tag 1.5.0 --digest sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
          wpex relay upgrade acme/milan-1 --follow-platform
          wpex relay upgrade --platform --tag 1.5.0 --digest sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 --commit
        """)

    @OptionGroup var edit: EditOptions

    @Argument(
      help: ArgumentHelp("The relay.", valueName: "org/name"), completion: DeclaredNames.completion(.relay))
    var relay: String?

    @Flag(help: "Change the platform's image, which relays without their own use.")
    var platform = false

    @Flag(help: "Remove the relay's own image, so that it uses the platform's.")
    var followPlatform = false

    @Option(help: ArgumentHelp("The image's tag.", valueName: "tag"))
    var tag: String?

    @Option(help: ArgumentHelp("The image's digest.", valueName: "sha256:…"))
    var digest: String?

    @Option(help: ArgumentHelp("Repository of the image, if it changes.", valueName: "repository"))
    var repository: String?

    func validate() throws {
      guard platform != (relay != nil) else { throw ValidationError("name a relay, or give --platform") }
      let hasImage = tag != nil || digest != nil
      guard hasImage != followPlatform, !followPlatform || (!platform && repository == nil) else {
        throw ValidationError("give --digest, --tag, or both; or --follow-platform with a relay and nothing else")
      }
    }

    func run() async throws {
      let image = NewImage(repository: repository, tag: tag, digest: digest)
      try await EditSession.run(edit) { base in
        guard let relay else { return try RepositoryEdit.upgradePlatform(to: image, in: base) }
        return try RepositoryEdit.upgradeRelay(
          DocumentAddress(relay), to: followPlatform ? nil : image, in: base)
      }
    }
  }

  struct Set: EditCommand {
    static let configuration = CommandConfiguration(
      abstract: "Set fields of a relay.",
      discussion: """
        FIELD=VALUE sets, FIELD= removes, FIELD+=A,B adds to a list and FIELD-=A,B removes from it. A field is one of the \
        spec, or begins with `metadata.`; `labels.NAME` is one of its labels. `wpex explain Relay` shows them all.

        EXAMPLES
          wpex relay set acme/milan-1 bandwidthMbps=500 broadcastRate=300
          wpex relay set acme/milan-1 keys.names+=warehouse-9 labels.tier=silver
          wpex relay set acme/milan-1 keys.names-=laptop-rossi --commit
          wpex relay set acme/milan-1 broadcastRate=
        """)

    @OptionGroup var edit: EditOptions
    @OptionGroup var address: Address

    @Argument(help: ArgumentHelp("What to set.", valueName: "field=value"))
    var assignments: [String]

    func change(of base: Compilation) throws -> RepositoryEdit {
      try RepositoryEdit.set(assignments, .relay, DocumentAddress(address.relay), in: base)
    }
  }

  struct Delete: EditCommand {
    static let configuration = CommandConfiguration(
      abstract: "Remove a relay.",
      discussion: """
        EXAMPLES
          wpex relay delete acme/turin-1 --dry-run
          wpex relay delete acme/turin-1 --branch no-turin -m "Turin has moved"
        """)

    @OptionGroup var edit: EditOptions
    @OptionGroup var address: Address

    func change(of base: Compilation) throws -> RepositoryEdit {
      try RepositoryEdit.deleteRelay(DocumentAddress(address.relay), in: base)
    }
  }
}
