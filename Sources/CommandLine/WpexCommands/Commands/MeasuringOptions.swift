import ArgumentParser
import AuditLog
import ConfigModel
import ConfigSchema
import FleetCollectors
import FleetMonitoring
import FoundationEssentials
import NetworkMeasurement
import TextFormats

/// Options of `wpex diag`: the relay, the target, how the relay is reached, and the caller's token.
struct MeasuringOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp("The relay that measures.", valueName: "org/relay"),
    completion: DeclaredNames.completion(.relay),
    transform: Self.relayID)
  var relay: RelayID

  @Argument(help: ArgumentHelp("A host name or address.", valueName: "target"))
  var target: String

  @Option(
    help: ArgumentHelp(
      "A server that asks the relay: a daemon or `wpex up`. Default: WPEX_SERVER, unless a cluster is named.",
      valueName: "url"))
  var server: String?

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
  var reach: MeasuringPlace.Reach?

  @Option(help: ArgumentHelp("A file with your API token; - is standard input.", valueName: "file"))
  var tokenFile: String?

  @Option(help: ArgumentHelp("The audit log: a SQLite file or a PostgreSQL connection.", valueName: "store"))
  var store: String?

  @Option(help: ArgumentHelp("Milliseconds to wait for each answer, 50 to 5000.", valueName: "ms"))
  var timeout = 1_000

  @OptionGroup var result: ResultOptions<Status.OutputForm>

  /// Relays and audit log that the options name.
  var place: MeasuringPlace {
    var place = MeasuringPlace(state: location.state)
    place.config = config
    place.repository = repo
    place.kubeconfig = kubeconfig
    place.reach = reach
    place.store = store
    return place
  }

  func validate() throws {
    guard RelayDiagnostics.timeout.contains(timeout) else {
      throw ValidationError("--timeout must be 50 to 5000 milliseconds")
    }
    guard MeasuringOrder.isTarget(target) else {
      throw ValidationError("a target is a host name or an address, such as 192.0.2.1 or example.org")
    }
    if server != nil, place.hasSettings || repo != nil || reach != nil || store != nil {
      throw ValidationError("--server needs neither --config, --kubeconfig, --repo and --reach, nor --store")
    }
    if !place.hasSettings, repo != nil || reach != nil {
      throw ValidationError("--repo and --reach apply to a cluster: name its --kubeconfig, or the daemon's --config")
    }
  }

  /// Measures, and shows the result.
  ///
  /// - Parameter count: Number of pings or hops.
  /// - Throws: `CommandError`; its exit code is 1 if the target did not answer.
  func run(_ kind: DiagnosticRun.Kind, _ count: Int) async throws {
    guard let order = MeasuringOrder(kind, of: target, count: count, timeout: timeout) else {
      throw CommandError(.usage, "a number is out of range")
    }
    try await CommandError.mappingErrors {
      let report = try await report(order)
      if result.form == .json {
        try result.write(report.json.text(.indented))
      } else if report.hasResult {
        try result.show(report.text)
      }
      try report.requireAnswer()
    }
  }

  private func report(_ order: MeasuringOrder) async throws -> MeasuringReport {
    let progress = MeasuringProgress()
    defer { progress.clear() }
    if let address = serverAddress {
      let server = try MeasuringServer(address)
      progress.show("\(address) has the relay measure, which may take a minute")
      return try await server.measure(order, from: relay, tokenFile: tokenFile)
    }
    let run = MeasuringRun(order.kind, from: relay, to: order.target, tokenFile: tokenFile) {
      relay throws(RelayDiagnosticError) in
      if order.kind == .traceroute {
        progress.show("tracing the way to \(order.target), which may take a minute")
      }
      return try await order.measure(at: relay) { progress.show("\($0) of \(order.count) pings") }
    }
    return try await run.run(at: place) { Terminal.error("wpex diag: \($0)") }
  }

  private var serverAddress: String? {
    if let server { return server }
    guard !place.hasSettings, let text = ProcessInfo.processInfo.environment[MeasuringServer.variable], !text.isEmpty
    else { return nil }
    return text
  }

  private static func relayID(_ text: String) throws -> RelayID {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, parts.allSatisfy({ StringFormat.dnsLabel.matches($0.utf8) }) else {
      throw ValidationError("a relay is named ORG/RELAY, such as acme/milan-1")
    }
    return RelayID(org: parts[0], name: parts[1])
  }
}

extension MeasuringPlace.Reach: ExpressibleByArgument {}
