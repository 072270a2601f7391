import AuditLog
import FleetMonitoring
import FoundationEssentials
import StatusModel
import StatusServer

/// Reads the audit log for the status pages: tells them of new records, and verifies the chain from time to time.
actor AuditWatch: AuditReading {
  private let store: any AuditStore
  private(set) var verification = AuditVerification(state: .checking)
  private var last: Int64?
  private var isAway = false
  private var lastAnswer: Double?

  /// How the source is named where it cannot be read.
  private static let name = "audit log"

  /// Seconds between looks for new records, and between verifications.
  private static let interval = 2.0
  private static let verificationInterval = 300.0
  /// New records of one look.
  private static let batch = 500
  /// Records of measurements that are looked through at the start.
  private static let recalled = 1_000

  init(_ store: any AuditStore) { self.store = store }

  nonisolated func records(matching query: AuditQuery) async throws -> [AuditRecord] {
    try await store.records(matching: query)
  }

  /// Runs until the task is cancelled.
  func run(_ board: SnapshotPublisher) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.follow(board) }
      group.addTask { await self.verifyAgainAndAgain() }
      await group.waitForAll()
    }
  }

  private func follow(_ board: SnapshotPublisher) async {
    while !Task.isCancelled {
      do {
        let head = try await store.head()
        if let last, head.sequence > last {
          await board.noteAudit(try await store.records(from: last + 1, limit: Self.batch))
        } else if last == nil {
          await recall(board)
        }
        last = head.sequence
        await tell(board, nil)
      } catch is CancellationError {
      } catch {
        await tell(board, error)
      }
      try? await Task.sleep(for: .seconds(Self.interval))
    }
  }

  /// Who may see alerts need not know the store's address: the reason is for who runs the server.
  private func tell(_ board: SnapshotPublisher, _ failure: (any Error)?) async {
    if let failure {
      if !isAway { Terminal.error("status   the audit log cannot be read: \(failure)") }
      await board.observe(
        SourceCondition(Self.name, lastAnswer: lastAnswer, problem: "it does not answer; the server's log says why"))
    } else {
      if isAway { Terminal.error("status   the audit log can be read again") }
      lastAnswer = Date.now.timeIntervalSince1970
      await board.observe(SourceCondition(Self.name, lastAnswer: lastAnswer))
    }
    isAway = failure != nil
  }

  /// What was measured before this server looked; without it, pages show what comes.
  private func recall(_ board: SnapshotPublisher) async {
    var query = AuditQuery()
    query.action = .diagnosticsRun
    query.limit = Self.recalled
    if let records = try? await store.records(matching: query) { await board.recall(records) }
  }

  private func verifyAgainAndAgain() async {
    while !Task.isCancelled {
      let result: AuditVerification
      do {
        let head = try await store.verify()
        result = AuditVerification(state: .verified, records: head.sequence)
      } catch let fault as ChainVerification.Fault {
        result = AuditVerification(state: .broken, message: fault.description)
      } catch {
        result = AuditVerification(state: .unavailable, message: "the audit log cannot be read now")
      }
      verification = result
      verification.checkedAt = Date.now.timeIntervalSince1970
      try? await Task.sleep(for: .seconds(Self.verificationInterval))
    }
  }
}
