package import AuditLog
package import ConfigModel
import FleetCollectors
import FoundationEssentials
package import LocalTarget
package import MeasurementRoute
import StatusAuthentication
import StatusServer
package import SyncEngine
package import SyncService
import TextFormats

/// Status pages of `wpex up`, in the same process.
///
/// They listen on loopback, for users with the printed token, and may be published by a proxy on this machine. With a
/// certificate, browsers of other hosts may reach them without a proxy.
package struct EmbeddedStatus: Sendable {
  /// File with the login address for scripts, readable only by its owner.
  static let addressFile = "status-address"

  /// Seconds between polls of the relays. Short, because there are few relays and a user watches.
  private static let interval = 2.0

  private let service: StatusService
  private let token: String
  private let publicAddress: String?
  private let certificate: CertificateFiles?
  private let onNotice: @Sendable (String) -> Void
  private let folder: StateFolder
  private let reports: AsyncStream<SyncEvent>
  private let feed: AsyncStream<SyncEvent>.Continuation

  /// Certificate for browsers that reach the pages without a proxy.
  package struct Certificate: Sendable {
    /// Path of the certificate and its chain, in PEM.
    let chainFile: String
    /// Path of its key, in PEM.
    let keyFile: String
    /// Address to listen on.
    let host: String

    /// Creates a certificate for connections to an address of this machine.
    package init(chainFile: String, keyFile: String, host: String) {
      self.chainFile = chainFile
      self.keyFile = keyFile
      self.host = host
    }
  }

  /// - Parameters:
  ///   - port: nil for 8420 or the next free port.
  ///   - publicAddress: https address that browsers use; nil if they connect to loopback.
  ///   - certificate: nil if a proxy on this machine terminates TLS, or browsers connect to loopback.
  ///   - measurements: returns what has relays measure for users, given the proxies to trust.
  ///   - onNotice: called with one line for the log.
  /// - Returns: Nil if the port is 0.
  /// - Throws: An error if the server cannot be set up.
  package init?(
    port: Int?, publicAddress: String?, certificate: Certificate? = nil, source: any RepositorySource,
    target: LocalTarget, audit: any AuditStore,
    folder: StateFolder, measurements: ([IPNetwork]) -> MeasurementRoute? = { _ in nil },
    onNotice: @escaping @Sendable (String) -> Void
  ) throws {
    guard port != 0 else { return nil }
    token = LocalToken.random()
    self.publicAddress = publicAddress.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
    self.folder = folder
    self.onNotice = onNotice
    self.certificate = try certificate.map {
      try CertificateFiles(chainFile: $0.chainFile, keyFile: $0.keyFile)
    }
    var settings = StatusServer.Settings(host: certificate?.host ?? "127.0.0.1", port: port ?? FreePort.next)
    settings.takesLinks = true
    settings.publicAddress = publicAddress
    settings.certificate = self.certificate?.certificate
    if publicAddress != nil, certificate == nil {
      settings.trustedProxies = ["127.0.0.0/8", "::1/128"].compactMap { IPNetwork($0) }
    }
    settings.measurements = measurements(settings.trustedProxies)
    let record = LoginRecord(audit, onNotice: onNotice)
    settings.gate = LoginGate(kept: nil, save: { _ in }) { await record.note($0) }
    var parts = StatusService.Parts(
      settings: settings, repository: source.repository,
      source: source.description, runtimes: [LocalRelays(target, now: { Date.now.timeIntervalSince1970 })],
      audit: audit, localToken: token, onNotice: onNotice)
    parts.collector.interval = Self.interval
    parts.stateFolder = folder.path
    service = try StatusService(parts)
    (reports, feed) = AsyncStream<SyncEvent>.makeStream()
  }

  /// Passes on an event of the daemon, and does not wait.
  package func take(_ event: SyncEvent) {
    switch event {
    case .compiled, .accepted, .refused, .document: feed.yield(event)
    default: break
    }
  }

  /// Runs until the task is cancelled. If pages cannot be served, relays keep running.
  ///
  /// - Parameters:
  ///   - onStart: called with the address of the pages once they are served.
  ///   - onProblem: called with one line if they cannot be served.
  package func run(
    onStart: @escaping @Sendable (String) -> Void, onProblem: @escaping @Sendable (String) -> Void
  ) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { for await report in reports { await service.take(report) } }
      if let certificate { group.addTask { await certificate.follow(onNotice: onNotice) } }
      group.addTask {
        do {
          try await service.run { port in announce(port, onStart) }
        } catch is CancellationError {
        } catch {
          onProblem("no status pages: \(error); --status-port names another port")
        }
        // Returning would end the daemon too.
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3_600)) }
      }
      await group.waitForAll()
    }
    try? FileManager.default.removeItem(atPath: addressFile)
  }

  private func announce(_ port: Int, _ onStart: (String) -> Void) {
    let place = "\(publicAddress ?? "http://127.0.0.1:\(port)")/login"
    let address = "\(place)#token=\(token)"
    // With a public address this is a service whose output is logged, and a token must not be logged.
    onStart(
      publicAddress == nil ? address : "\(place) on port \(port), with a token; `\(addressFile)` has one for everything"
    )
    try? folder.write(["address": .string(address)], to: Self.addressFile)
  }

  private var addressFile: String { "\(folder.path)/\(Self.addressFile)" }
}
