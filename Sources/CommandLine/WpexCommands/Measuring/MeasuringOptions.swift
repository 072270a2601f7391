import ArgumentParser
import ConfigModel
import ConfigSchema
import FleetMonitoring
import FleetCollectors

/// Options of `wpex diag`: the relay, the target, how the relay is reached, and the caller's token.
struct MeasuringOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp("The relay that measures.", valueName: "org/relay"),
    completion: DeclaredNames.completion(.relay),
    transform: Self.relayID)
  var relay: RelayID

  @Argument(help: ArgumentHelp("A host name or address.", valueName: "target"))
  var target: String

  @OptionGroup var location: StateOptions

  @Option(help: ArgumentHelp("The settings of the daemon that the relay belongs to.", valueName: "file"))
  var config: String?

  @Option(help: ArgumentHelp("The config repository that the cluster's daemon follows.", valueName: "url"))
  var repo: String?

  @Option(help: ArgumentHelp("The kubeconfig of the relay's cluster.", valueName: "file"))
  var kubeconfig: String?

  @Option(
    help: ArgumentHelp(
      "How to reach a relay of a cluster: directly (from inside), or through the API server. Default: server with a kubeconfig.",
      valueName: "way"))
  var reach: Reach?

  @Option(help: ArgumentHelp("A file with your API token; - is standard input.", valueName: "file"))
  var tokenFile: String?

  @Option(help: ArgumentHelp("The audit log: a SQLite file or a PostgreSQL connection.", valueName: "store"))
  var store: String?

  @Option(help: ArgumentHelp("Milliseconds to wait for each answer, 50 to 5000.", valueName: "ms"))
  var timeout = 1_000

  @OptionGroup var result: ResultOptions<Status.OutputForm>

  /// Route to relays of a cluster: directly to the pod network, or through the API server's proxy.
  enum Reach: String, CaseIterable, ExpressibleByArgument { case directly, server }

  /// Whether the relays are those of a daemon's settings or a cluster, rather than of `wpex up`.
  var hasSettings: Bool { config != nil || kubeconfig != nil }

  func validate() throws {
    guard RelayDiagnostics.timeout.contains(timeout) else {
      throw ValidationError("--timeout must be 50 to 5000 milliseconds")
    }
    guard (1...253).contains(target.utf8.count), target.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw ValidationError("a target is a host name or an address, such as 192.0.2.1 or example.org")
    }
    if !hasSettings, repo != nil || reach != nil {
      throw ValidationError("--repo and --reach apply to a cluster: name its --kubeconfig, or the daemon's --config")
    }
  }

  private static func relayID(_ text: String) throws -> RelayID {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, parts.allSatisfy({ StringFormat.dnsLabel.matches($0.utf8) }) else {
      throw ValidationError("a relay is named ORG/RELAY, such as acme/milan-1")
    }
    return RelayID(org: parts[0], name: parts[1])
  }
}
