import ArgumentParser
import Glibc
import RelayServer
import TextFormats

extension RelayOptions.Segmentation: ExpressibleByArgument {}

/// Values of `--roaming`.
enum RoamingChoice: String, CaseIterable, ExpressibleByArgument { case candidate, strict }

/// The `wpex-relay` command.
@main
struct WpexRelay: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wpex-relay",
    abstract: "Forwards WireGuard packets between peers behind NAT, and cannot decrypt them.",
    discussion: """
      Peers use the relay's address as their Endpoint. Only declared keys can use it, and they reach only \
      keys of their own group.

      Examples:
        wpex-relay --allow "$(wg pubkey < site-a.key)" --allow "$(wg pubkey < site-b.key)"
        wpex-relay --port 30101 --config config.json --bundle bundle.age --identity identity.txt --state /run/relay.state
        wpex-relay --open --stats 127.0.0.1:8080

      Signals: SIGHUP reloads keys and configuration (files are also watched); SIGTERM and SIGINT save the state and exit.
      A second process started with the same --state takes over from the running one without losing a packet.

      Exit codes: 0 ended by a signal or a successor, 1 a key, bundle or configuration is not usable, 2 the command
      line is wrong, 3 a system error (a port in use, a file that cannot be read).
      """,
    version: WpexVersion.withCommit)

  @Option(
    name: [.customLong("bind"), .customLong("bind", withSingleDash: true)],
    help: ArgumentHelp("Listen on this address only.", valueName: "address"))
  var bind: String?

  @Option(
    name: [.customLong("port"), .customLong("port", withSingleDash: true)],
    help: ArgumentHelp("Listen on this UDP port; 0 picks a free one.", valueName: "port"))
  var port: UInt16 = 40_000

  @Option(
    name: [.customLong("allow"), .customLong("allow", withSingleDash: true)],
    help: ArgumentHelp("Let this WireGuard public key use the relay; can be repeated.", valueName: "key"))
  var allow: [String] = []

  @Option(
    name: [.customLong("broadcast-rate"), .customLong("broadcast-rate", withSingleDash: true)],
    help: ArgumentHelp(
      "Handshakes per second that one address can send to a whole group; 0 means the default, 5.", valueName: "rate"))
  var broadcastRate: UInt32 = 0

  @Flag(
    name: [.customLong("debug"), .customLong("debug", withSingleDash: true)], help: "Log every handshake.")
  var debug = false

  @Option(
    name: [.customLong("stats"), .customLong("stats", withSingleDash: true)],
    help: ArgumentHelp("Serve statistics, health, metrics and diagnostics over HTTP here.", valueName: "address:port"))
  var stats: String?

  @Option(
    help: ArgumentHelp(
      "Ask the relay whose --stats is this whether it is ready, and exit with 0 or 1: for health checks.",
      valueName: "address:port"))
  var askReady: String?

  @Option(
    help: ArgumentHelp("Read limits, probes, token and keys from this JSON file; watched.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var config: String?

  @Option(
    help: ArgumentHelp(
      "Read keys from this encrypted bundle; watched; can be repeated, one per organization.", valueName: "file"),
    completion: .file(extensions: ["age"]))
  var bundle: [String] = []

  @Option(
    help: ArgumentHelp("The age identity that opens the bundles; watched.", valueName: "file"), completion: .file())
  var identity: String?

  @Option(
    help: ArgumentHelp(
      "Use only declarations that one of these Ed25519 public keys has signed: one on each line, in base64.",
      valueName: "file"),
    completion: .file())
  var verifier: String?

  @Option(
    help: ArgumentHelp(
      "Use only declarations that this Ed25519 public key has signed; can be repeated, and one of the keys is enough.",
      valueName: "base64"))
  var verifierKey: [String] = []

  @Option(help: ArgumentHelp("Keep sessions across restarts in this file.", valueName: "file"), completion: .file())
  var state: String?

  @Option(help: "Send several datagrams at once (UDP_SEGMENT): on, off, or if the kernel supports it.")
  var gso: RelayOptions.Segmentation = .auto

  @Option(help: "What moves a peer's return path: sustained data from a new address, or only handshakes.")
  var roaming: RoamingChoice = .candidate

  @Option(
    help: ArgumentHelp(
      "Be a member of a cluster: processes that behave as one relay. Others reach this one here.",
      valueName: "address:port"))
  var cluster: String?

  @Option(
    help: ArgumentHelp(
      "Look for other members here; can be repeated. A name may have many addresses, and is resolved again and again.",
      valueName: "host:port"))
  var clusterJoin: [String] = []

  @Option(
    help: ArgumentHelp("The cluster's key: 32 random bytes in base64.", valueName: "file"), completion: .file())
  var clusterKey: String?

  @Option(
    help: ArgumentHelp(
      "After SIGTERM, fail /readyz and go on forwarding for so long, so that a load balancer can switch.",
      valueName: "seconds"))
  var drain: UInt64 = 0

  @Option(help: ArgumentHelp("Threads per address family. Default: one per processor.", valueName: "count"))
  var workers: Int?

  @Option(help: ArgumentHelp("Maximum number of sessions; each uses 320 bytes of memory.", valueName: "count"))
  var maxSessions = 100_000

  @Flag(help: "Let anyone use the relay, without an allowlist. For tests and closed networks.")
  var open = false

  @Flag(name: .customLong("version", withSingleDash: true), help: .hidden)
  var showVersion = false

  func validate() throws {
    if showVersion { throw CleanExit.message(WpexVersion.withCommit) }
    if let workers, !(1...256).contains(workers) { throw ValidationError("--workers must be 1 to 256.") }
    guard (100...4_000_000).contains(maxSessions) else {
      throw ValidationError("--max-sessions must be 100 to 4000000.")
    }
    guard drain <= 300 else { throw ValidationError("--drain must be 0 to 300 seconds.") }
    guard broadcastRate <= 1_000_000 else { throw ValidationError("--broadcast-rate must be 0 to 1000000.") }
    if cluster == nil, !clusterJoin.isEmpty || clusterKey != nil {
      throw ValidationError("--cluster-join and --cluster-key need --cluster ADDRESS:PORT.")
    }
    if cluster != nil, clusterKey == nil {
      throw ValidationError(
        "--cluster needs --cluster-key FILE: `head -c 32 /dev/urandom | base64 > cluster.key` makes one.")
    }
    guard verifier == nil && verifierKey.isEmpty || config != nil else {
      throw ValidationError("--verifier and --verifier-key need --config FILE: the declaration is beside that file.")
    }
    if open, !allow.isEmpty || !bundle.isEmpty {
      throw ValidationError("--open lets anyone use the relay; it cannot be combined with --allow or --bundle.")
    }
  }

  private var options: RelayOptions {
    var options = RelayOptions()
    options.bind = bind
    options.port = port
    options.allow = allow
    options.open = open
    options.broadcastRate = broadcastRate == 0 ? nil : broadcastRate
    options.debug = debug
    options.configuration = config
    options.bundles = bundle
    options.identity = identity
    options.statistics = stats
    options.verifier = verifier
    options.verifierKeys = verifierKey
    options.state = state
    options.segmentation = gso
    options.strictRoaming = roaming == .strict
    options.drainSeconds = drain
    options.workers = workers
    options.maxSessions = maxSessions
    if let cluster, let clusterKey {
      options.cluster = RelayOptions.Cluster(address: cluster, join: clusterJoin, key: clusterKey)
    }
    return options
  }

  func run() throws {
    if let askReady {
      guard let question = ReadyQuestion(askReady) else {
        throw ValidationError("--ask-ready needs an address such as 127.0.0.1:8080 or :8080, not \(askReady).")
      }
      throw question.isAnswered() ? ExitCode.success : ExitCode(1)
    }
    // Threads started from here on block signals and leave them to the signal thread.
    let signals = SignalWatch()
    let relay: Relay
    do {
      relay = try Relay(options)
    } catch {
      FileHandleText.writeError("wpex-relay: \(error)\n")
      throw ExitCode(error.exitCode)
    }
    try signals.start(reload: { relay.reload() }, stop: { relay.stop() })
    relay.run()
  }

  static func main() {
    do {
      var command = try parseAsRoot(GoFlags.plain(CommandLine.arguments.dropFirst()))
      try command.run()
    } catch let code as ExitCode {
      Glibc.exit(code.rawValue)
    } catch {
      let code = exitCode(for: error)
      if code == .success { exit(withError: error) }
      FileHandleText.writeError(fullMessage(for: error) + "\n")
      Glibc.exit(2)
    }
  }
}

extension RelayServerError {
  /// Exit code of a relay that does not start because of this.
  fileprivate var exitCode: Int32 {
    switch kind {
    case .usage: 2
    case .invalid, .changing: 1
    case .system: 3
    }
  }
}

/// Writes to standard error without Foundation.
enum FileHandleText {
  static func writeError(_ text: String) {
    var text = text
    text.withUTF8 { _ = Glibc.write(2, $0.baseAddress, $0.count) }
  }
}
