import AuditLog
import FleetMonitoring
import FoundationEssentials
import StatusModel
import StatusServer

/// Polls the audit log for the status pages: publishes new records, and verifies the chain periodically.
actor AuditWatch: AuditReading {
  private let store: any AuditStore
  private(set) var verification = AuditVerification(state: .checking)
  private var last: Int64?
  private var isAway = false
  private var lastAnswer: Double?

  /// Name of the source when it cannot be read.
  private static let name = "audit log"

  /// Seconds between polls, and between verifications.
  private static let interval = 2.0
  private static let verificationInterval = 300.0
  /// Maximum number of new records for each poll.
  private static let batch = 500
  /// Maximum number of past measurements read at the start.
  private static let recalled = 1_000

  private let onNotice: @Sendable (String) -> Void

  /// - Parameter onNotice: called with one line if the log can no longer be read, or can be read again.
  init(_ store: any AuditStore, onNotice: @escaping @Sendable (String) -> Void) {
    self.store = store
    self.onNotice = onNotice
  }

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

  /// Reports whether the log is readable.
  ///
  /// The reason, which may contain the store's address, goes to the server's log only: viewers of alerts need not know
  /// it.
  private func tell(_ board: SnapshotPublisher, _ failure: (any Error)?) async {
    if let failure {
      if !isAway { onNotice("status   the audit log cannot be read: \(failure)") }
      await board.observe(
        SourceCondition(Self.name, lastAnswer: lastAnswer, problem: [Statement(.sourceSilent)]))
    } else {
      if isAway { onNotice("status   the audit log can be read again") }
      lastAnswer = Date.now.timeIntervalSince1970
      await board.observe(SourceCondition(Self.name, lastAnswer: lastAnswer))
    }
    isAway = failure != nil
  }

  /// Reads past measurements; on failure, pages show only new ones.
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
