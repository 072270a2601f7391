import ArgumentParser
import AuditLog
import AuditStores
import ConfigCompiler
import DaemonServer
import DirectoryTarget
import FoundationEssentials
import GitStore
import KeyBundles
import KubernetesClient
import KubernetesModel
import KubernetesTarget
import LocalTarget
import SyncEngine
import SyncService

struct Sync: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Follow a repository and keep regions at what it declares.",
    discussion: """
      The daemon that operators run, one or two for each region: of two, a Lease elects the one that applies. Settings come \
      from flags, else from WPEX_… variables, else from --config; `wpex sync settings` lists them all.

      EXAMPLES
        wpex sync run --config /etc/wpex/sync.json
        wpex sync run --repo https://git.example.org/relays.git --target directory --out rendered
        wpex sync approve 0f1e2d3c4b5a6978
      """,
    subcommands: [Run.self, Approve.self, Settings.self], defaultSubcommand: Run.self)

  struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Run the daemon (the default).",
      discussion: """
        SIGTERM finishes the object under way and ends. Exit code 3 where something could not be reached at the start.

        EXAMPLES
          wpex sync run --config /etc/wpex/sync.json --region eu-north
          wpex sync run --repo ../relays --target local --demonstration
        """)

    @Option(help: ArgumentHelp("A JSON file with settings.", valueName: "file")) var config: String?
    @Option(help: ArgumentHelp("repository.url", valueName: "url")) var repo: String?
    @Option(help: "repository.branch") var branch: String?
    @Option(help: "repository.interval") var interval: String?
    @Option(help: "target.kind: kubernetes, local or directory") var target: String?
    @Option(help: ArgumentHelp("target.directory", valueName: "dir")) var out: String?
    @Option(help: ArgumentHelp("target.kubeconfig", valueName: "file")) var kubeconfig: String?
    @Option(help: "regions; repeatable") var region: [String] = []
    @Option(help: ArgumentHelp("state", valueName: "dir")) var state: String?
    @Option(help: ArgumentHelp("identityFile", valueName: "file")) var identity: String?
    @Option(help: ArgumentHelp("http.listen", valueName: "address:port")) var listen: String?
    @Flag(help: "demonstration") var demonstration = false
    @Flag(help: "One pass over all regions, then end; exit code 1 where something failed or is held.") var once = false

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
      let settings = try SyncSettings(flags: flags, file: config)
      try await CommandFailure.ofServices { try await DaemonRun(settings: settings, once: once).run() }
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
      abstract: "Let a held plan go on, by the digest that `wpex status` shows.",
      discussion: """
        The approval is good for exactly the deletions that were held; anything else is held again. For a daemon of a \
        cluster it is kept there, wherever this runs: name the daemon's settings or a kubeconfig.

        EXAMPLES
          wpex sync approve 0f1e2d3c4b5a6978
          wpex sync approve --kubeconfig ~/.kube/config 0f1e2d3c4b5a6978
          kubectl exec -n wpex-system deploy/wpex-sync -- wpex sync approve --config /etc/wpex/settings/sync.json 0f1e2d3c4b5a6978
        """)

    @OptionGroup var location: StateOptions
    @Option(help: ArgumentHelp("The daemon's settings.", valueName: "file")) var config: String?
    @Option(help: ArgumentHelp("The kubeconfig of the daemon's cluster.", valueName: "file")) var kubeconfig: String?
    @Option(help: ArgumentHelp("The daemon's namespace in the cluster.", valueName: "name")) var namespace: String?
    @Argument(help: "The plan's digest: 16 hexadecimal digits.") var digest: String

    func validate() throws {
      guard digest.count == 16, digest.allSatisfy(\.isHexDigit) else {
        throw ValidationError("a plan's digest has 16 hexadecimal digits, as `wpex status` shows it")
      }
    }

    func run() async throws {
      let digest = digest.lowercased()
      do {
        if config != nil || kubeconfig != nil {
          var flags: [String: String] = [:]
          flags["target.kubeconfig"] = kubeconfig
          flags["target.namespace"] = namespace
          let settings = try SyncSettings(flags: flags, file: config)
          if settings["target.kind"] == "kubernetes" {
            try await approveInCluster(digest, settings)
          } else {
            try StateFolder(settings["state"] ?? location.state).approve(digest, by: UserName.current)
          }
        } else {
          try StateFolder(location.state).approve(digest, by: UserName.current)
        }
      } catch let error as StateFolder.Refused {
        throw CommandFailure(.refused, error.description)
      } catch let error as KubernetesFailure {
        throw CommandFailure(error.kind == .invalid ? .refused : .failed, error.description)
      }
      Terminal.error("approved \(digest); the daemon goes on with its next look")
    }

    private func approveInCluster(_ digest: String, _ settings: SyncSettings) async throws {
      let client = try DaemonRun.client(settings)
      let store = ClusterStateStore(client, namespace: settings.namespace)
      try await closing({ await client.shutDown() }, after: { try await store.approve(digest, by: UserName.current) })
    }
  }
}
