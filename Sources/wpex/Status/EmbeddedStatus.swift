import AuditLog
import FoundationEssentials
import LocalTarget
import StatusCollectors
import StatusServer
import StructuredText
import SyncService

/// The status pages of `wpex up`, in its process: on loopback, for whoever has the token that is printed.
struct EmbeddedStatus: Sendable {
  /// The address that logs in, for scripts; readable by its owner alone.
  static let addressFile = "status-address"

  /// Seconds between looks at the relays: there are few, and somebody watches.
  private static let interval = 2.0

  private let service: StatusService
  private let token: String
  private let folder: StateFolder
  private let reports: AsyncStream<SyncSession.Report>
  private let feed: AsyncStream<SyncSession.Report>.Continuation

  /// - Parameter port: nil for 8420 or the next free one.
  /// - Returns: Nil where the port is 0.
  init?(
    port: Int?, source: any RepositorySource, target: LocalTarget, audit: any AuditStore, folder: StateFolder
  ) throws {
    guard port != 0 else { return nil }
    token = LocalToken.random()
    self.folder = folder
    var settings = StatusServer.Settings(host: "127.0.0.1", port: port ?? FreePort.next)
    settings.gate = LoginGate(kept: nil, save: { _ in }) { await LoginRecord.note($0, in: audit) }
    var parts = StatusService.Parts(
      settings: settings, repository: source.repository,
      source: source.description, runtimes: [LocalRelays(target, now: { Date.now.timeIntervalSince1970 })],
      mostReplicas: 1, audit: audit, localToken: token)
    parts.collector.interval = Self.interval
    service = try StatusService(parts)
    (reports, feed) = AsyncStream<SyncSession.Report>.makeStream()
  }

  /// Takes a report of the daemon, and does not wait.
  func take(_ report: SyncSession.Report) {
    switch report {
    case .service, .document: feed.yield(report)
    default: break
    }
  }

  /// Runs until the task is cancelled. Relays run on where pages cannot be served.
  func run(_ progress: ProgressLines) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { for await report in reports { await service.take(report) } }
      group.addTask {
        do {
          try await service.run { port in announce(port, progress) }
        } catch is CancellationError {
        } catch {
          progress.line("status", "no status pages: \(error); --status-port names another port", .yellow)
        }
        // The daemon must not end with its pages.
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3_600)) }
      }
      await group.waitForAll()
    }
    try? FileManager.default.removeItem(atPath: "\(folder.path)/\(Self.addressFile)")
  }

  private func announce(_ port: Int, _ progress: ProgressLines) {
    let address = "http://127.0.0.1:\(port)/login#token=\(token)"
    progress.line("status", address)
    try? folder.write(["address": .string(address)], to: Self.addressFile)
  }
}
