import ArgumentParser
import StatusService
import SyncDaemon

/// `wpex serve`: the status server.
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Serve the read-only status API and its pages.",
    discussion: """
      Reads the repository, a daemon's reports on its passes, the relays and the audit log; changes nothing. The users and \
      roles of the applied commit decide who sees what. Settings come from flags, else from WPEX_… variables, else from \
      --config; `wpex serve settings` lists them all. (`wpex up` serves the same pages by itself.)

      EXAMPLES
        wpex serve run --config /etc/wpex/serve.json
        wpex serve --repo https://git.example.org/relays.git --audit postgres://wpex_status@db/wpex
        wpex serve --repo ../relays --target none --token-file token && curl -H "Authorization: Bearer $(cat token)" …
      """,
    subcommands: [Run.self, Settings.self], defaultSubcommand: Run.self)

  struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Run the server (the default).",
      discussion: """
        SIGTERM stops it. Exit code 3 if something cannot be reached at the start.

        EXAMPLES
          wpex serve run --config /etc/wpex/serve.json
          wpex serve run --repo ../relays --target none --sync-state /var/lib/wpex --token-file /run/wpex/token
        """)

    @Option(help: ArgumentHelp("A JSON file with settings.", valueName: "file"))
    var config: String?
    @Option(help: ArgumentHelp("URL or path of the configuration repository (repository.url).", valueName: "url"))
    var repo: String?
    @Option(help: "Branch to follow (repository.branch).") var branch: String?
    @Option(help: "Seconds between checks of the repository (repository.interval).") var interval: String?
    @Option(help: "Where relays run: kubernetes or none (target.kind).") var target: String?
    @Option(help: ArgumentHelp("Kubeconfig of the cluster (target.kubeconfig).", valueName: "file"))
    var kubeconfig: String?
    @Option(help: "Region to show; can be repeated (regions).") var region: [String] = []
    @Option(help: ArgumentHelp("Folder of the server's copy of the repository (repository.folder).", valueName: "dir"))
    var folder: String?
    @Option(help: ArgumentHelp("State folder of a daemon on this machine (sync.state).", valueName: "dir"))
    var syncState: String?
    @Option(help: ArgumentHelp("Audit log: a SQLite file or postgres://… (audit.store).", valueName: "store"))
    var audit: String?
    @Option(help: ArgumentHelp("Address of the status API and pages (http.listen).", valueName: "address:port"))
    var listen: String?
    @Option(
      help: ArgumentHelp(
        "File with a token that signs in an administrator of this machine (http.tokenFile).", valueName: "file"))
    var tokenFile: String?

    private var flags: [String: String] {
      var flags: [String: String] = [:]
      for (key, value) in [
        ("repository.url", repo), ("repository.branch", branch), ("repository.interval", interval),
        ("target.kind", target), ("target.kubeconfig", kubeconfig), ("repository.folder", folder),
        ("sync.state", syncState),
        ("audit.store", audit), ("http.listen", listen), ("http.tokenFile", tokenFile),
        ("regions", region.isEmpty ? nil : region.joined(separator: ",")),
      ] { if let value { flags[key] = value } }
      return flags
    }

    func run() async throws {
      try await CommandError.mappingErrors {
        let settings = try SyncSettings(
          flags: flags, file: config, of: ServeSettings.all, listedBy: "wpex serve settings")
        try await ServeRun(settings: settings, onNotice: { Terminal.error($0) }).run()
      }
    }
  }

  struct Settings: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the server's settings, with their variables and defaults.",
      discussion: """
        EXAMPLES
          wpex serve settings
        """)

    func run() {
      Terminal.output(SyncSettings.table(of: ServeSettings.all))
    }
  }
}
