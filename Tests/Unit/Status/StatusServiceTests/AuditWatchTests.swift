import AuditLog
import AuditStores
import FleetMonitoring
import Synchronization
import TestSupport
import Testing

@testable import StatusModel
@testable import StatusServer
@testable import StatusService

@Suite struct AuditWatchTests {
  /// A store that a test takes away, or changes.
  final class ChangingStore: ForwardingAuditStore {
    private let inner: SQLiteAuditStore
    private let isAway = Mutex(false)
    private let hasWrongColumns = Mutex(false)

    init(_ inner: SQLiteAuditStore) { self.inner = inner }

    func setAway(_ away: Bool) { isAway.withLock { $0 = away } }
    func tamper() { hasWrongColumns.withLock { $0 = true } }

    var store: any AuditStore {
      get async throws {
        guard !isAway.withLock({ $0 }) else {
          throw AuditError(.unavailable, "db.internal.example refused the connection")
        }
        return inner
      }
    }

    func firstRecordWithWrongColumns() async throws -> Int64? { hasWrongColumns.withLock { $0 } ? 1 : nil }
    func close() async { await inner.close() }
  }

  private func inStore(
    _ body: (ChangingStore, AuditWatch, SnapshotPublisher, Lines) async throws -> Void
  ) async throws {
    try await ExternalCommand.withFolder { folder in
      let inner = try SQLiteAuditStore(path: "\(folder)/audit.sqlite")
      let entry = AuditEntry(time: 1_700_000_000_000, action: .loggedIn, actor: AuditActor(user: "anna"))
      _ = try await inner.append([AuditAppend(key: "k", entry)])
      let store = ChangingStore(inner)
      let lines = Lines()
      let watch = AuditWatch(store, onNotice: lines.add)
      let board = SnapshotPublisher(
        Installation(version: "test", repository: nil, web: nil, hasAudit: true), events: EventHub())
      try await body(store, watch, board, lines)
      await store.close()
    }
  }

  private func run(_ watch: AuditWatch, _ board: SnapshotPublisher, _ body: () async throws -> Void) async throws {
    let tasks = [Task { await watch.run(board) }, Task { await board.run() }]
    do {
      try await body()
    } catch {
      for task in tasks { task.cancel() }
      throw error
    }
    for task in tasks { task.cancel() }
    for task in tasks { await task.value }
  }

  @Test func theChainIsVerified() async throws {
    try await inStore { _, watch, board, _ in
      try await run(watch, board) {
        try await until("it is verified") { await watch.verification.state == .verified }
        #expect(await watch.verification.records == 1)
        #expect(await watch.verification.checkedAt != nil)
      }
    }
  }

  @Test func aChangedLogIsBroken() async throws {
    try await inStore { store, watch, board, _ in
      store.tamper()
      try await run(watch, board) {
        try await until("it is broken") { await watch.verification.state == .broken }
        #expect(await watch.verification.message?.contains("1") == true)
      }
    }
  }

  /// The reason names machines, which viewers need not know.
  @Test func theReasonOfAFailureGoesToTheServersLogOnly() async throws {
    try await inStore { store, watch, board, lines in
      store.setAway(true)
      try await run(watch, board) {
        try await until("the problem is shown") { board.current.value.fleet.sources["audit log"]?.problem != nil }
        let problem = board.current.value.fleet.sources["audit log"]?.problem.map { "\($0)" }
        #expect(problem?.contains("db.internal.example") == false)
        #expect(await watch.verification.message == "the audit log cannot be read now")
        store.setAway(false)
        try await until("it can be read again") { lines.all.count == 2 }
        try await until("the problem is gone") { board.current.value.fleet.sources["audit log"]?.problem == nil }
      }
      #expect(
        lines.all == [
          "status   the audit log cannot be read: db.internal.example refused the connection",
          "status   the audit log can be read again",
        ])
    }
  }
}
