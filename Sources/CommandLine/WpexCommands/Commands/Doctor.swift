import ArgumentParser
import ConfigCompiler
import ConfigModel
import FileAccess
import FoundationEssentials
import Glibc
import HostChecks
import LocalTarget
import StatusServer
import SyncDaemon
import TextFormats

/// `wpex doctor`: whether this machine is fit for relays.
struct Doctor: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check whether this machine is fit for the relays that are declared for it.",
    discussion: """
      Looks at ports, socket buffers, ping, connection tracking, clock, file limits, the names of regions, whether relays \
      answer at their public address, certificate, disk, confinement and versions. Prints the lines that mend what it \
      finds, for sysctl and the firewall; it changes nothing itself. Run it as root to see whose ports are taken.

      Exit code 1 if there is a problem; with --strict, if there is a warning too.

      EXAMPLES
        wpex doctor --repo /srv/wpex/relays --state /var/lib/wpex
        wpex doctor --repo /srv/wpex/relays --region eu-north --firewall ufw
        wpex doctor --port 40000
        wpex doctor --repo . --certificate fullchain.pem --certificate-key privkey.pem
        wpex doctor --repo . --json | jq '.findings[] | select(.state != "ok")'
      """)

  @OptionGroup var location: StateOptions

  @Option(
    name: .customLong("repo"),
    help: ArgumentHelp(
      "The config repository, whose regions and relays are checked. Default: the one of the current folder, if any.",
      valueName: "dir"))
  var namedRepo: String?

  @Option(
    help: ArgumentHelp("A region that this machine serves; can be repeated. Default: all of them.", valueName: "name"))
  var region: [String] = []

  @Option(help: ArgumentHelp("A UDP port of a relay that is not declared; can be repeated.", valueName: "port"))
  var port: [Int] = []

  @Option(help: ArgumentHelp("Certificate and chain of the status pages, in PEM.", valueName: "file"))
  var certificate: String?

  @Option(help: ArgumentHelp("Key of the certificate, in PEM.", valueName: "file"))
  var certificateKey: String?

  @Option(
    help: ArgumentHelp("The user that relays run as. Default: wpex, or you on a machine without it.", valueName: "name")
  )
  var user: String?

  @Option(help: ArgumentHelp("The wpex-relay program. Default: next to wpex, or on PATH.", valueName: "file"))
  var relay: String?

  @Option(help: "Commands for this firewall are printed.")
  var firewall = HostReport.Firewall.nftables

  @Flag(help: "Let warnings count as problems.")
  var strict = false

  @OptionGroup var result: ResultOptions<Status.OutputForm>

  func validate() throws {
    guard (certificate == nil) == (certificateKey == nil) else {
      throw ValidationError("--certificate and --certificate-key need each other")
    }
    guard port.allSatisfy({ (1...65_535).contains($0) }) else { throw ValidationError("--port must be 1 to 65535") }
  }

  func run() async throws {
    let report = HostReport(try await facts())
    switch result.form {
    case .json: try result.write(report.json(firewall).text(.indented))
    case .text:
      // What tenants wrote is made visible before colours are added.
      try result.write(report.text(firewall, colors: result.file == nil && Terminal.outputHasColor))
    }
    let isTroubled = report.findings.contains { $0.state == .problem || strict && $0.state == .warning }
    if isTroubled { throw ExitCode(1) }
  }

  private func facts() async throws -> HostFacts {
    var facts = HostFacts()
    facts.now = Date.now.timeIntervalSince1970
    var keys: [String: [UInt8]] = [:]
    if let compilation = try await compilation() { keys = try add(compilation, to: &facts) }
    for port in port { facts.relays.append(HostFacts.Relay(name: "\(port)", region: "", port: port)) }
    facts.sockets = BoundSockets.at(Set(facts.relays.map(\.port)))
    facts.kernel = HostReading.kernel
    facts.groups = HostReading.groups(of: try userID())
    facts.isClockSynchronized = HostReading.isClockSynchronized
    facts.uplinks = HostReading.uplinks
    facts.openFiles = HostReading.openFiles(
      of: facts.sockets.compactMap(\.process).first { $0.name == "wpex-relay" }?.id)
    facts.addresses = HostReading.addresses
    let hosts = Set(facts.regions.map(\.publicHost)).union(facts.relays.compactMap(\.host))
    for host in hosts.sorted() where !host.isEmpty {
      facts.resolutions.append(HostReading.resolve(host))
    }
    ask(&facts, keys)
    facts.certificate = try readCertificate()
    facts.disk = HostReading.disk(of: location.state)
    facts.landlock = LocalTarget.confinementVersion
    facts.versions = [
      (program: "wpex", version: WpexVersion.text), (program: "wpex-relay", version: relayVersion),
      (program: "git", version: HostReading.version(of: "git")),
    ]
    return facts
  }

  private var relayVersion: String? {
    guard let path = try? RelayProgram.find(relay) else { return nil }
    return HostReading.version(of: path)?.split(separator: " ").first.map(String.init)
  }

  private func compilation() async throws -> Compilation? {
    let folder = namedRepo ?? RepositoryRoot.current
    guard namedRepo != nil || Files.exists("\(folder)/platform.yaml") else { return nil }
    return try await RepositoryOptions.parse(["--repo", folder]).compile()
  }

  /// Adds what is declared.
  ///
  /// - Returns: A public key of each relay, by its name.
  private func add(_ compilation: Compilation, to facts: inout HostFacts) throws(CommandError) -> [String: [UInt8]] {
    guard let platform = compilation.platform.platform?.spec else { return [:] }
    try platform.check(named: region)
    var keys: [String: [UInt8]] = [:]
    for declared in platform.regions where region.isEmpty || region.contains(declared.name) {
      facts.regions.append(HostFacts.Region(name: declared.name, publicHost: declared.publicHost))
    }
    let served = Set(facts.regions.map(\.name))
    for unit in compilation.units {
      for (relay, selection) in zip(unit.relays, unit.selections) where relay.spec.state == .running {
        let name = "\(unit.name)/\(relay.name)"
        for region in relay.spec.regions where served.contains(region) {
          let host =
            platform.endpoint(of: relay.name, relay.spec, org: unit.name, in: region)?.host
            ?? platform.region(region)?.publicHost
          facts.relays.append(HostFacts.Relay(name: name, region: region, host: host, port: relay.spec.port))
        }
        keys[name] = selection.compactMap { unit.keys[$0].spec.publicKey?.bytes }.first
      }
    }
    return keys
  }

  /// Asks each relay at its public address.
  private func ask(_ facts: inout HostFacts, _ keys: [String: [UInt8]]) {
    for index in facts.relays.indices {
      let relay = facts.relays[index]
      guard let key = keys[relay.name], let host = relay.host,
        facts.resolutions.contains(where: { $0.host == host && !$0.addresses.isEmpty })
      else { continue }
      // Each address that is silent takes seconds. If nothing listens here, as before the start, no question is needed.
      let listens = facts.sockets.contains { $0.port == relay.port }
      facts.relays[index].isAnswered = listens && HandshakeQuestion(for: key).isAnswered(at: host, relay.port)
    }
  }

  private func userID() throws -> uid_t {
    guard let entry = getpwnam(user ?? "wpex") else {
      guard let user else { return geteuid() }
      throw CommandError(.usage, "this machine does not have the user `\(user)`")
    }
    return entry.pointee.pw_uid
  }

  private func readCertificate() throws -> HostFacts.Certificate? {
    guard let certificate, let certificateKey else { return nil }
    do {
      let read = try ServerCertificate(chain: try Files.read(certificate), key: try Files.read(certificateKey))
      return HostFacts.Certificate(path: certificate, end: read.end)
    } catch {
      return HostFacts.Certificate(path: certificate, end: nil, problem: "\(error)")
    }
  }
}

extension HostReport.Firewall: ExpressibleByArgument {}
