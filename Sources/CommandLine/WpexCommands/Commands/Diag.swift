import ArgumentParser
import AuditLog
import FleetCollectors
import NetworkMeasurement

/// `wpex diag`: measurements from a relay.
struct Diag: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diag", abstract: "Ping, traceroute and measure from a relay to see what it can reach.",
    discussion: """
      The relay sends the packets, not this machine. You need the permission `diagnostics:run` in the relay's organization, \
      according to the users and roles of the applied commit. Every run, even a refused one, is recorded in the audit log and \
      shown on the relay's page.

      With --server, or WPEX_SERVER, the server at that address asks the relay: a daemon with the setting \
      `http.measurements`, or `wpex up`. You need your API token, and no access to the cluster. Pass the token with \
      --token-file or WPEX_TOKEN, never on the command line.

      Without a server, you need access yourself. Relays of `wpex up` are found through its state folder; anyone who can \
      read that folder owns them and needs no token. Relays of a cluster are found through --kubeconfig or the daemon's \
      --config; there you need your API token, too.

      EXAMPLES
        wpex diag ping acme/milan-1 192.0.2.1
        wpex diag traceroute acme/milan-1 example.org
        wpex diag bench acme/milan-1 192.0.2.1 --count 200
        wpex diag ping acme/milan-1 192.0.2.1 --token-file token --json
        wpex diag ping acme/milan-1 192.0.2.1 --server https://wpex.example.org --token-file token
        wpex diag ping acme/milan-1 192.0.2.1 --kubeconfig ~/.kube/config \\
          --repo https://git.example.org/relays.git --token-file token \\
          --store postgres://wpex_status@db.example.org/wpex

      EXIT CODES
        0  the target answered
        1  it did not, the relay is stopped or refuses the target, or you are not allowed
        2  the command line is wrong
        3  the server or the relay could not be asked or is busy, or the audit log could not be written
      """,
    subcommands: [Ping.self, Traceroute.self, Bench.self])

  struct Ping: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Ping a target from a relay.",
      discussion: """
        EXAMPLES
          wpex diag ping acme/milan-1 192.0.2.1
          wpex diag ping acme/milan-1 example.org --count 10 --timeout 500 --json
        """)

    @OptionGroup var options: MeasuringOptions
    @Option(help: "Number of pings, 1 to 20.") var count = 4

    func validate() throws {
      guard RelayDiagnostics.pings.contains(count) else {
        throw ValidationError("--count must be 1 to 20; `wpex diag bench` sends more")
      }
    }

    func run() async throws {
      try await options.run(.ping, count)
    }
  }

  struct Traceroute: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Trace the route from a relay to a target.",
      discussion: """
        Sends two packets per hop. Stops after five hops without an answer.

        EXAMPLES
          wpex diag traceroute acme/milan-1 192.0.2.1
          wpex diag traceroute acme/milan-1 example.org --max-hops 12 --timeout 500
        """)

    @OptionGroup var options: MeasuringOptions
    @Option(help: "Maximum number of hops, 1 to 64.") var maxHops = 30

    func validate() throws {
      guard RelayDiagnostics.hops.contains(maxHops) else { throw ValidationError("--max-hops must be 1 to 64") }
    }

    func run() async throws {
      try await options.run(.traceroute, maxHops)
    }
  }

  /// `wpex diag bench`: several rounds of pings, because a relay sends at most 20 per request.
  struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Measure latency and loss between a relay and a target with many pings.",
      discussion: """
        Median, 95th and 99th percentile, jitter and loss of consecutive pings, twenty per request to the relay. Ends early \
        if none of the first twenty is answered.

        EXAMPLES
          wpex diag bench acme/milan-1 192.0.2.1
          wpex diag bench acme/milan-1 example.org --count 500 --json
        """)

    @OptionGroup var options: MeasuringOptions
    @Option(help: "Number of pings, 1 to 1000.") var count = 100

    func validate() throws {
      guard MeasuringOrder.benchPings.contains(count) else { throw ValidationError("--count must be 1 to 1000") }
    }

    func run() async throws {
      try await options.run(.bench, count)
    }
  }
}
