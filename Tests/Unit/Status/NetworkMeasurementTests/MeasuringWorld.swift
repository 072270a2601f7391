import RelayWire
import AuditLog
import AuditStores
import ConfigCompiler
import ConfigModel
import Diagnostics
import FleetCollectors
import FleetMonitoring
import KeyBundles
import RepositorySupport
import Synchronization
import TestSupport

@testable import NetworkMeasurement

/// Relays that need no network: an applied commit, and an audit log in a folder.
struct MeasuringWorld: MeasuringSite {
  let folder: String
  /// The examples' base, in which `acme` has the relay `north-1`, with users that have tokens.
  let compilation: Compilation
  var trustsFileAccess = false
  var isLogThere = true
  /// Why the relay cannot be asked; nil if it can.
  var obstacle: NetworkMeasurementError?

  static let relay = RelayID(org: "acme", name: "north-1")

  init(_ folder: String) async throws {
    self.folder = folder
    var repository = MemoryRepository(Example([]))
    for (user, role) in [("acme/erik", "engineer"), ("acme/vera", "viewer"), ("globex/gina", "engineer")] {
      let parts = user.split(separator: "/")
      repository.set(
        "orgs/\(parts[0])/users/\(parts[1]).yaml",
        """
        apiVersion: wpex.io/v1alpha1
        kind: User
        metadata:
          name: \(parts[1])
        spec:
          displayName: Somebody
          email: \(parts[1])@example.org
          status: active
          roles: [\(role)]
          access:
            ipAllowlist: [127.0.0.1, 192.0.2.0/24, 198.51.100.0/24]
            tokens:
              - name: token
                sha256: \(try SHA256Digest.hex(of: Array("token of \(user)".filter { $0 != " " }.utf8)))

        """)
    }
    compilation = await repository.compile()
    let errors = compilation.diagnostics.filter { $0.severity == .error }
    guard errors.isEmpty else { throw ExternalCommand.Failure(what: compilation.text) }
    let store = try SQLiteAuditStore(path: "\(folder)/audit.sqlite")
    await store.close()
  }

  var audit: AuditLocation { .sqlite(path: isLogThere ? "\(folder)/audit.sqlite" : "\(folder)/none/audit.sqlite") }

  func shutDown() async {}

  func applied(around relay: RelayID) async throws -> AppliedCommit {
    AppliedCommit(id: String(repeating: "c", count: 40), compilation: compilation)
  }

  func diagnostics(of relay: RelayID, _ applied: AppliedCommit) async throws -> RelayDiagnostics {
    if let obstacle { throw obstacle }
    return RelayDiagnostics(.http("127.0.0.1:1"), token: "relay")
  }

  /// The file with a user's token.
  func token(of user: String) throws -> String {
    let file = "\(folder)/token"
    try ExternalCommand.write(Array("token of \(user)\n".utf8), to: file)
    return file
  }

  /// Measures as a user; nil is the user of the machine.
  ///
  /// - Returns: The report, or the failure, and whether the relay was called.
  func measure(
    as user: String?, from relay: RelayID = relay,
    _ outcome: Result<MeasuringResult, RelayDiagnosticError> = .success(MeasuringResult(ping: answer()))
  ) async throws -> (report: MeasuringReport?, failure: NetworkMeasurementError?, wasCalled: Bool) {
    let calls = Mutex(0)
    let run = MeasuringRun(
      .ping, from: relay, to: "192.0.2.1", tokenFile: try user.map { try token(of: $0) }
    ) { _ throws(RelayDiagnosticError) in
      calls.withLock { $0 += 1 }
      return try outcome.get()
    }
    do {
      let report = try await run.run(at: self)
      return (report, nil, calls.withLock { $0 } == 1)
    } catch let failure as NetworkMeasurementError {
      return (nil, failure, calls.withLock { $0 } == 1)
    }
  }

  /// The records of measurements: user, organization, name and detail.
  func records() async throws -> [[String]] {
    let store = try SQLiteAuditStore(existing: "\(folder)/audit.sqlite")
    let entries = try await store.records(from: 1, limit: 100).compactMap(\.entry)
    await store.close()
    return entries.map { [$0.actor.user ?? "", $0.org ?? "", $0.name ?? "", $0.detail ?? ""] }
  }

  /// What a relay returns for a ping.
  static func answer(_ milliseconds: [Double] = [1, 2], failure: String? = nil) -> RelayStatistics.ProbeResult {
    var found = RelayStatistics.ProbeResult(name: "")
    found.kind = "ping"
    found.address = "192.0.2.1"
    found.sent = 2
    found.milliseconds = milliseconds
    found.received = milliseconds.count
    found.reached = !milliseconds.isEmpty
    found.failure = failure
    return found
  }
}
