import AuditStores
import FileAccess
import FleetCollectors
import FleetMonitoring
import GitStore
import LocalTarget
import SyncDaemon
import SyncEngine
import SyncService
import TextFormats

/// Relays of `wpex up`, or of a daemon with the local target.
struct MachineSite: MeasuringSite {
  private let folder: StateFolder
  private let store: String?
  private let cache: AppliedCommits
  let trustsFileAccess = true

  /// - Parameter store: audit log; nil for the state folder's own.
  init(state: String, store: String?) throws {
    guard Files.exists("\(state)/\(StatusDocument.file)") else {
      throw NetworkMeasurementError(
        .failed,
        "no daemon has written its state to `\(state)`: start one with `wpex up`, name it with --state, or name a cluster "
          + "with --kubeconfig")
    }
    folder = try StateFolder(state)
    // Without a daemon, its records may be old: other processes may have relays' ports by now.
    guard (try? folder.lock()) == nil else {
      throw NetworkMeasurementError(
        .failed, "the daemon of `\(state)` does not run, and neither do its relays: start `wpex up`")
    }
    self.store = store
    cache = AppliedCommits()
  }

  /// The relays of the daemon in this process.
  init(serving folder: StateFolder, cache: AppliedCommits) {
    self.folder = folder
    self.cache = cache
    store = nil
  }

  var audit: AuditLocation { AuditLocation(store ?? "\(folder.path)/audit.sqlite") }

  func shutDown() async {}

  func applied(around relay: RelayID) async throws -> AppliedCommit {
    let region = access(to: relay)?.region
    for region in try region.map({ [$0] }) ?? regions() {
      guard let commit = try folder.load(region)?.applied else { continue }
      return try await cache.commit(commit, in: GitRepository(at: "\(folder.path)/repository.git"))
    }
    throw NetworkMeasurementError(.failed, "nothing is applied yet: `wpex status` shows when it is")
  }

  func diagnostics(of relay: RelayID, _ applied: AppliedCommit) async throws -> RelayDiagnostics {
    guard let access = access(to: relay) else {
      throw NetworkMeasurementError(
        .failed, "relay `\(relay)` is declared, but not applied yet: `wpex status` shows why")
    }
    guard access.isWanted else { throw NetworkMeasurementError.stopped(relay) }
    guard let address = await access.address(), let token = access.token else {
      throw NetworkMeasurementError(
        .failed, "relay `\(relay)` has not been started yet: `wpex status --relays` shows why")
    }
    return RelayDiagnostics(.http(address), token: token)
  }

  private func access(to relay: RelayID) -> LocalRelayAccess? {
    LocalRelayAccess(org: relay.org, relay: relay.name, in: "\(folder.path)/local")
  }

  private func regions() throws -> [String] {
    guard let document = try? JSON(parsing: Files.read("\(folder.path)/\(StatusDocument.file)")),
      case .object(let regions)? = document["regions"]
    else { return [] }
    return regions.pairs.map(\.name)
  }
}
