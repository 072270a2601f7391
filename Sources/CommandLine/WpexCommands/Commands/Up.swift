import ConfigModel
import FileAccess
import ProcessSupport
import StatusAuthentication
import StatusService
import SyncDaemon
import SyncEngine
import ArgumentParser
import AuditStores
import ConfigCompiler
import FoundationEssentials
import GitStore
import Glibc
import KeyBundles
import LocalTarget
import NetworkMeasurement
import SyncService

/// `wpex up`: daemon, relays, audit log and status pages in one process tree on this machine.
struct Up: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the whole system on this machine (relays as processes, audit log in SQLite).",
    discussion: """
      Follows a config repository and keeps this machine in line with it. A plain folder is committed to a private Git \
      repository whenever it changes; in a Git repository, the commits of its current branch are used. Relays listen on \
      127.0.0.1, those of a second region on 127.0.0.2, and so on. Further replicas of a relay listen on 127.0.1.1, \
      127.0.2.1 and so on. Ctrl-C stops all of them, unless --keep-relays lets them go on.

      Peers on other hosts reach relays that listen on an address of this machine: --bind ADDRESS, or --bind any for all of \
      them. A relay then has one process. Two regions may use the same ports, so let a host serve one: --region NAME. Open \
      the relays' UDP ports in the firewall.

      The status pages are served on 127.0.0.1 too; the printed address contains a login token that is valid as long as \
      this runs. Behind a proxy on this machine that terminates TLS, set --public-address to the address that browsers use: \
      cookies are secure, the client addresses that the proxy reports are trusted, and no token is printed. Without a proxy, \
      add --certificate and --certificate-key, and --status-address for browsers of other hosts; the files are read again when \
      they change.

      Key bundles are opened with the platform's identity (--identity, or WPEX_PLATFORM_IDENTITY_FILE). The published \
      identities of sample-repo are built in.

      EXAMPLES
        wpex up --repo sample-repo
        wpex up --repo ~/relays --identity ~/platform.identity --state /tmp/wpex
        wpex up --repo sample-repo --status-port 9000
        wpex up --repo ~/relays --region eu-north --bind any --keep-relays
        wpex up --repo ~/relays --status-port 8420 --public-address https://status.example.org
        wpex up --repo ~/relays --public-address https://status.example.org:8443 --status-address 0.0.0.0 --status-port 8443 \
          --certificate fullchain.pem --certificate-key privkey.pem
        wpex status --relays
        wpex audit list
      """)

  @Option(
    name: .customLong("repo"),
    help: ArgumentHelp("The config repository: a folder, or a Git repository.", valueName: "dir"))
  var namedRepo: String?

  /// Folder of the repository.
  var repo: String { namedRepo ?? RepositoryRoot.current }

  @OptionGroup var location: StateOptions

  @Option(help: ArgumentHelp("The platform's age identity.", valueName: "file"))
  var identity: String?

  @Option(help: ArgumentHelp("The wpex-relay program. Default: next to wpex, or on PATH.", valueName: "file"))
  var relay: String?

  @Option(
    help: ArgumentHelp(
      "Where relays listen: an address of this machine, any or loopback. Default: loopback.", valueName: "address"),
    transform: { text in
      guard let bind = RelayBind(text) else {
        throw ValidationError("it must be \(RelayBind.values)")
      }
      return bind
    })
  var bind = RelayBind.loopback

  @Flag(help: "Let relays go on when this ends; the next start takes them back. `wpex sync end-relays` ends them.")
  var keepRelays = false

  @Option(help: ArgumentHelp("A region to serve; can be repeated. Default: all of them.", valueName: "name"))
  var region: [String] = []

  @Option(help: ArgumentHelp("Seconds between checks of the repository.", valueName: "seconds"))
  var interval = 1.0

  @Option(
    help: ArgumentHelp(
      "Port of the status pages; 0 serves none. Default: 8420 or the next free one.", valueName: "port"))
  var statusPort: Int?

  @Option(
    help: ArgumentHelp(
      "Address that browsers use for the status pages: https, of a proxy on this machine or with --certificate.",
      valueName: "url"))
  var publicAddress: String?

  @Option(
    help: ArgumentHelp("Certificate and chain of the status pages, in PEM, for TLS without a proxy.", valueName: "file")
  )
  var certificate: String?

  @Option(help: ArgumentHelp("Key of the certificate, in PEM.", valueName: "file"))
  var certificateKey: String?

  @Option(
    help: ArgumentHelp(
      "Address that the status pages listen on; others than loopback need --certificate.", valueName: "address"))
  var statusAddress = "127.0.0.1"

  func validate() throws {
    guard interval >= 0.1, interval <= 3_600 else { throw ValidationError("--interval must be 0.1 to 3600 seconds") }
    if let statusPort, !(0...65_535).contains(statusPort) {
      throw ValidationError("--status-port must be 0 to 65535")
    }
    if let publicAddress, !publicAddress.hasPrefix("https://") || !SafeURL.isAllowed(publicAddress) {
      throw ValidationError("--public-address must be an https address, such as https://status.example.org")
    }
    guard (certificate == nil) == (certificateKey == nil) else {
      throw ValidationError("--certificate and --certificate-key need each other")
    }
    guard let address = IPAddress(statusAddress) else {
      throw ValidationError("--status-address must be an IP address of this machine")
    }
    guard certificate == nil || publicAddress != nil else {
      throw ValidationError("--certificate needs --public-address, the https address that browsers use")
    }
    guard certificate != nil || address == IPAddress("127.0.0.1") else {
      throw ValidationError("--status-address needs --certificate: without TLS, the pages are on 127.0.0.1 only")
    }
  }

  private var statusCertificate: EmbeddedStatus.Certificate? {
    guard let certificate, let certificateKey else { return nil }
    return EmbeddedStatus.Certificate(chainFile: certificate, keyFile: certificateKey, host: statusAddress)
  }

  func run() async throws {
    let progress = ProgressLines(approvalOptions: StateOptions.approvalOptions(location.state))
    try await CommandError.mappingErrors { try await run(progress) }
  }

  private func run(_ progress: ProgressLines) async throws {
    BrokenPipe.ignore()
    let folder = try StateFolder(location.state)
    let lock = try folder.lock()
    let program = try RelayProgram.find(relay)
    let source = try source(below: folder, progress)
    var settings = SyncSession.Settings(
      render: Renderer.Options(allowsDemonstrationIdentities: true), platformIdentities: [])
    settings.resumeAuditAt = ProcessInfo.processInfo.environment["WPEX_AUDIT_RESUME_AT"].flatMap { Int64($0) }
    settings.trust = try SyncSettings(flags: [:], file: nil).trust()
    if !region.isEmpty { settings.regions = Set(region) }
    settings.service.interval = interval
    settings.service.maxPause = 10
    settings.service.driftInterval = 5
    let target = try LocalTarget(folder: "\(folder.path)/local", program: program, bind: bind, keepsRelays: keepRelays)
    if let served = settings.regions { await target.endRelays(exceptIn: served) }
    let audit = try SQLiteAuditStore(path: "\(folder.path)/audit.sqlite")
    let status = try EmbeddedStatus(
      port: statusPort, publicAddress: publicAddress, certificate: statusCertificate, source: source, target: target,
      audit: audit, folder: folder,
      measurements: { MeasuringDesk(serving: folder, audit: audit, proxies: $0).route },
      onNotice: { Terminal.error($0) })
    let named = identity ?? ProcessInfo.processInfo.environment["WPEX_PLATFORM_IDENTITY_FILE"]
    let initial = settings
    do {
      try await SignalledRun.value {
        var settings = initial
        settings.platformIdentities = try await Self.platformIdentities(named, source, folder, progress)
        let session = SyncSession(
          source: source, target: target, audit: audit, folder: folder, settings: settings,
          onEvent: { event in
            progress.show(event)
            status?.take(event)
          })
        if LocalTarget.confinementVersion == 0 {
          progress.line("note", "this kernel has no Landlock, so relays could read each other's files", .yellow)
        }
        progress.line("up", "watching \(source.description), state in \(folder.path)")
        await withTaskGroup(of: Void.self) { group in
          group.addTask { await session.run() }
          if let status {
            group.addTask {
              await status.run(
                onStart: { progress.line("status", $0) }, onProblem: { progress.line("status", $0, .yellow) })
            }
          }
          await group.next()
          group.cancelAll()
          await group.waitForAll()
        }
      }
    } catch is SignalledRun.Interrupted {
      // A signal is the normal way to end.
    }
    progress.end()
    progress.line("down", keepRelays ? "relays go on; the next start takes them back" : "all relays have ended")
    withExtendedLifetime(lock) {}
  }

  private func source(below folder: StateFolder, _ progress: ProgressLines) throws -> any RepositorySource {
    let mirror = "\(folder.path)/repository.git"
    let onNotice: @Sendable (String) -> Void = { progress.line("note", $0, .yellow) }
    guard Files.exists("\(repo)/.git") else {
      return try FolderSource(folder: repo, author: UserName.current, mirror: mirror, onNotice: onNotice)
    }
    let path = URL(fileURLWithPath: repo).standardizedFileURL.path
    let branch = try CurrentBranch.name(of: repo)
    return try RemoteSource(
      url: path, branch: branch, credentials: GitCredentials(), mirror: mirror, onNotice: onNotice
    ) {
      guard let other = CurrentBranch.other(than: branch, in: path) else { return }
      throw GitStoreError(
        .unknownRevision,
        "`\(path)` is on the branch `\(other)` now, but `\(branch)` is followed: `git switch \(branch)`, or start `wpex up` again"
      )
    }
  }

  private static func platformIdentities(
    _ named: String?, _ source: any RepositorySource, _ folder: StateFolder, _ progress: ProgressLines
  ) async throws -> [AgeIdentity] {
    if let path = named, !path.isEmpty {
      do {
        return try AgeIdentity.parseFile(try Files.read(path))
      } catch let error as KeyBundleError {
        throw CommandError(.refused, "`\(path)` cannot be the platform's identity: \(error.reason)")
      }
    }
    let newest = try await source.newest()
    let commit =
      if let accepted = try folder.accepted() { try await source.repository.commit(accepted.commit) } else { newest }
    let compilation = try await IncrementalCompiler(source.repository).compile(commit, now: commit.committer.time)
    guard let recipient = compilation.platform.platform?.spec.recipient else { return [] }
    if let recipient = try? AgeRecipient(recipient), DemonstrationIdentities.contains(recipient) {
      progress.line("note", "the platform's identity is a published one of sample-repo, and protects nothing", .yellow)
      return (try? [DemonstrationIdentities.identity(named: "platform")]) ?? []
    }
    progress.line(
      "note", "without the platform's identity (--identity) no key bundle can be opened, and no relay starts", .yellow)
    return []
  }
}
