import AuditLog
import ConfigCompiler
import Diagnostics
import FleetMonitoring
import GitStore
import RepositorySupport
import SyncService
import Synchronization
import TestSupport
import TextFormats

@testable import StatusModel
@testable import StatusServer
@testable import StatusService

/// A config repository in a plain folder, and a status service that follows it without serving anything.
struct FollowedFolder {
  let folder: String
  let source: FolderSource
  let service: StatusService
  let lines = Lines()

  /// Writes the examples' base, in which `acme` has the relay `north-1`.
  init(_ folder: String) throws {
    self.folder = folder
    for (path, bytes) in MemoryRepository(Example([])).contents {
      try ExternalCommand.write(bytes, to: "\(folder)/relays/\(path)")
    }
    source = try FolderSource(folder: "\(folder)/relays", author: "anna", mirror: "\(folder)/mirror.git")
    service = try StatusService(
      StatusService.Parts(
        settings: StatusServer.Settings(host: "127.0.0.1", port: 0), repository: source.repository, runtimes: [],
        onNotice: lines.add))
  }

  func write(_ path: String, _ text: String) throws {
    try ExternalCommand.write(Array(text.utf8), to: "\(folder)/relays/\(path)")
  }

  /// Declares another relay of `acme`.
  func addRelay(_ name: String, port: Int) throws {
    try write(
      "orgs/acme/relays/\(name).yaml",
      """
      apiVersion: wpex.io/v1alpha1
      kind: Relay
      metadata:
        name: \(name)
      spec:
        region: eu-north
        port: \(port)
        keys:
          names: [headquarters]

      """)
  }

  /// The newest commit, compiled.
  func commit() async throws -> (id: String, compilation: Compilation) {
    let commit = try await source.newest()
    let compiler = IncrementalCompiler(source.repository)
    return (commit.id, try await compiler.compile(commit, now: commit.committer.time))
  }

  var snapshot: StatusSnapshot { service.board.current.value }

  /// Names of the relays that the pages show.
  var relays: [String] { (snapshot.model?.relays ?? []).map(\.id.name).sorted() }

  /// Why a source cannot be read, as the pages show it.
  func problem(of source: String) -> String? { snapshot.fleet.sources[source]?.problem.map { "\($0)" } }

  /// Follows the folder while `body` runs.
  func follow(_ reports: (any SyncReports)? = nil, _ body: () async throws -> Void) async throws {
    let follower = RepositoryFollower(
      source: source, service: service, reports: reports,
      acceptance: CommitAcceptance(
        source: source, store: try StateFolder("\(folder)/state"), audit: nil, trust: TrustPolicy(), now: AuditClock.now
      ),
      interval: 0.05)
    let tasks = [Task { await follower.run() }, Task { await service.board.run() }]
    do {
      try await body()
    } catch {
      for task in tasks { task.cancel() }
      throw error
    }
    for task in tasks { task.cancel() }
    for task in tasks { await task.value }
  }
}

/// Lines of a server's log.
final class Lines: Sendable {
  private let lines = Mutex<[String]>([])
  func add(_ line: String) { lines.withLock { $0.append(line) } }
  var all: [String] { lines.withLock { $0 } }
}

/// Waits until something is true.
///
/// - Throws: `ExternalCommand.Failure` if it does not become true within a minute.
func until(_ what: String, _ condition: () async throws -> Bool) async throws {
  for _ in 0..<3_000 {
    if try await condition() { return }
    try await Task.sleep(for: .milliseconds(20))
  }
  throw ExternalCommand.Failure(what: "never: \(what)")
}
