import ArgumentParser
import Glibc
import NetworkMeasurement
import SyncDaemon
import TextFormats

/// `wpex sync`: the daemon, and approvals of the plans that it holds.
struct Sync: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Follow a repository and keep regions in line with it.",
    discussion: """
      The daemon that operators run, for one or several clusters, once or twice: of two, a Lease in each cluster elects \
      the one that applies. Settings come from flags, else from WPEX_… variables, else from --config; `wpex sync \
      settings` lists them all.

      EXAMPLES
        wpex sync run --config /etc/wpex/sync.json
        wpex sync run --repo https://git.example.org/relays.git --target directory --out rendered
        wpex sync approve 0f1e2d3c4b5a6978
      """,
    subcommands: [Run.self, Approve.self, Approvals.self, EndRelays.self, Settings.self], defaultSubcommand: Run.self)

  struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Run the daemon (the default).",
      discussion: """
        On SIGTERM, finishes the current object and exits. Exit code 3 if something cannot be reached at the start; \
        for a cluster it waits, and serves the others.

        EXAMPLES
          wpex sync run --config /etc/wpex/sync.json --region eu-north
          wpex sync run --repo ../relays --target local --demonstration
        """)

    @Option(help: ArgumentHelp("A JSON file with settings.", valueName: "file"))
    var config: String?
    @Option(help: ArgumentHelp("URL or path of the configuration repository (repository.url).", valueName: "url"))
    var repo: String?
    @Option(help: "Branch to follow (repository.branch).") var branch: String?
    @Option(help: "Seconds between checks of the repository (repository.interval).") var interval: String?
    @Option(help: "Where relays run: kubernetes, local or directory (target.kind).") var target: String?
    @Option(help: ArgumentHelp("Folder that the directory target writes to (target.directory).", valueName: "dir"))
    var out: String?
    @Option(help: ArgumentHelp("Kubeconfig of the cluster (target.kubeconfig).", valueName: "file"))
    var kubeconfig: String?
    @Option(help: "Region to serve; can be repeated (regions).") var region: [String] = []
    @Option(help: ArgumentHelp("Folder of the daemon's state (state).", valueName: "dir"))
    var state: String?
    @Option(help: ArgumentHelp("The platform's age identity (identityFile).", valueName: "file"))
    var identity: String?
    @Option(
      help: ArgumentHelp(
        "Address of webhook, metrics, health and measurements (http.listen).", valueName: "address:port"))
    var listen: String?
    @Flag(help: "Allow the published identities of sample-repo (demonstration).") var demonstration = false
    @Flag(help: "Make one pass over all regions and exit; code 1 if something failed or is held.") var once = false

    private var flags: [String: String] {
      var flags: [String: String] = [:]
      for (key, value) in [
        ("repository.url", repo), ("repository.branch", branch), ("repository.interval", interval),
        ("target.kind", target), ("target.directory", out), ("target.kubeconfig", kubeconfig), ("state", state),
        ("identityFile", identity), ("http.listen", listen),
        ("regions", region.isEmpty ? nil : region.joined(separator: ",")),
        ("demonstration", demonstration ? "true" : nil),
      ] { if let value { flags[key] = value } }
      return flags
    }

    func run() async throws {
      try await CommandError.mappingErrors {
        let settings = try SyncSettings(flags: flags, file: config)
        let state = settings["target.kind"] == "kubernetes" ? nil : settings["state"]
        let progress = ProgressLines(
          approvalOptions: state.flatMap { StateOptions.approvalOptions($0) }, isLive: false)
        let console = DaemonRun.Console(
          onLine: { Terminal.error($0) }, onEvent: progress.show,
          exit: { Glibc.exit(CommandError.Reason.failed.rawValue) })
        try await DaemonRun(
          settings: settings, once: once, console: console, measurements: { try MeasuringDesk($0).route }
        ).run()
      }
    }
  }

  struct Settings: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the daemon's settings, with their variables and defaults.",
      discussion: """
        EXAMPLES
          wpex sync settings
        """)

    func run() {
      Terminal.output(SyncSettings.table(of: SyncSettings.all))
    }
  }

  struct Approve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Approve a held plan, by the digest that `wpex status` shows.",
      discussion: """
        The approval covers exactly the deletions that were held; anything else is held again. A plan can be approved \
        before it is held: `wpex plan` prints its digest. For a daemon in a cluster, the approval is stored in the cluster, \
        wherever you run this: name the daemon's settings or a kubeconfig. `wpex sync approvals` lists and withdraws.

        EXAMPLES
          wpex sync approve 0f1e2d3c4b5a6978
          wpex sync approve --kubeconfig ~/.kube/config 0f1e2d3c4b5a6978
          kubectl exec -n wpex-system deploy/wpex-sync -- wpex sync approve --config /etc/wpex/settings/sync.json 0f1e2d3c4b5a6978
        """)

    @OptionGroup var place: ApprovalPlace
    @Argument(help: "The plan's digest: 16 hexadecimal digits.") var digest: String

    func validate() throws { try ApprovalPlace.validate(digest) }

    func run() async throws {
      let digest = digest.lowercased()
      let held = try await place.use { approvals in
        let held = try await approvals.heldPlans()
        try await approvals.approve(digest)
        return held
      }
      guard let held else {
        return Terminal.error(
          "approved \(digest); this account cannot see whether a plan with that digest is held now")
      }
      let regions = held.filter { $0.value == digest }.keys.sorted()
      guard regions.isEmpty else {
        return Terminal.error(
          "approved \(digest) in \(regions.joined(separator: ", ")): the daemon applies it on its next pass")
      }
      Terminal.error(
        "no plan with the digest \(digest) is held now: the approval is kept until one is. `wpex sync approvals` lists it, and "
          + "withdraws it with --withdraw")
    }
  }

  struct Approvals: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List unused approvals and held plans, or withdraw an approval.",
      discussion: """
        EXAMPLES
          wpex sync approvals
          wpex sync approvals --withdraw 0f1e2d3c4b5a6978
          wpex sync approvals --kubeconfig ~/.kube/config --json
        """)

    @OptionGroup var place: ApprovalPlace

    @Option(help: ArgumentHelp("Withdraw this approval.", valueName: "digest"))
    var withdraw: String?

    @OptionGroup var result: ResultOptions<Status.OutputForm>

    func validate() throws {
      if let withdraw { try ApprovalPlace.validate(withdraw) }
    }

    func run() async throws {
      if let digest = withdraw?.lowercased() {
        guard try await place.use({ try await $0.withdraw(digest) }) else {
          throw CommandError(.refused, "there is no approval of \(digest): it was never made, or has been used")
        }
        return Terminal.error("withdrew the approval of \(digest)")
      }
      let (approved, held) = try await place.use { (try await $0.approvals(), try await $0.heldPlans()) }
      let digests = Set(approved.keys).union((held ?? [:]).values).sorted()
      func regions(_ digest: String) -> [String] { (held ?? [:]).filter { $0.value == digest }.keys.sorted() }
      if result.form == .json {
        let rows = digests.map { digest -> JSON in
          [
            "digest": .string(digest), "approvedBy": approved[digest].map { .string($0) } ?? .null,
            "heldIn": held == nil ? .null : .array(regions(digest).map { .string($0) }),
          ]
        }
        return try result.write(JSON.array(rows).text(.indented))
      }
      guard !digests.isEmpty else { return try result.write("nothing is held, and nothing is approved") }
      var table = TextTable(["DIGEST", "HELD IN", "APPROVED BY"])
      for digest in digests {
        let places = held == nil ? "?" : regions(digest).joined(separator: ", ")
        table.add([digest, places.isEmpty ? "nothing now" : places, approved[digest] ?? "nobody yet"])
      }
      try result.write(table.text)
    }
  }
}
