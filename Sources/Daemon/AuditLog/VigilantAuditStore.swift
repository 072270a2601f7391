import FoundationEssentials

/// A store that is checked against its earlier state, on first use and at every append. A log that was rolled back,
/// emptied or replaced accepts no further records, so that no action happens unrecorded.
package actor VigilantAuditStore: ForwardingAuditStore {
  /// The underlying store.
  package let store: any AuditStore
  /// The newest record seen by this process or an earlier one.
  private var seen: AuditHead
  /// Whether the store is known to contain `seen`.
  private var isCompared = false
  private let resumeAt: Int64?
  private let changed: @Sendable (String) -> Void

  /// Creates a checked store.
  ///
  /// - Parameters:
  ///   - store: The underlying store.
  ///   - seen: The head that a copied checkpoint, or anything else outside the store, remembers.
  ///   - resumeAt: The last record of a log that was restored from a backup. Later records are given up, and a new
  ///     record says so.
  ///   - changed: Called once per reason for which the store accepts no further records.
  package init(
    _ store: any AuditStore, seen: AuditHead = .empty, resumeAt: Int64? = nil,
    changed: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.store = store
    self.seen = seen
    self.resumeAt = resumeAt
    self.changed = changed
  }

  package func append(_ appends: [AuditAppend]) async throws -> [AuditRecord] {
    guard !appends.isEmpty else { return [] }
    do {
      if !isCompared { try await compare(seen) }
      let records = try await store.append(appends)
      try await follow(records)
      return records
    } catch {
      throw noting(error)
    }
  }

  package func expect(_ head: AuditHead) async throws {
    do {
      try await compare(head)
    } catch {
      throw noting(error)
    }
  }

  /// Reports the error if it means that the store was changed, and returns it.
  private func noting(_ error: any Error) -> any Error {
    if let failure = error as? AuditError, failure.kind == .changed {
      isCompared = false
      report(failure)
    }
    return error
  }

  package func close() async { await store.close() }

  /// Checks that the appended records follow the last one seen.
  private func follow(_ records: [AuditRecord]) async throws {
    let news = records.filter { $0.sequence > seen.sequence }.sorted { $0.sequence < $1.sequence }
    if let first = news.first, first.sequence == seen.sequence + 1 {
      guard first.previous == seen.hash else {
        throw AuditError(
          .changed,
          "record \(seen.sequence) of the audit log is not the one that was seen earlier: the log was replaced")
      }
    } else {
      // Others appended meanwhile, or the records existed already, or the log was rolled back and accepted them as new.
      try await store.expect(seen)
    }
    if let last = news.last { seen = last.head }
  }

  private func compare(_ head: AuditHead) async throws {
    do {
      try await store.expect(head)
      if head.sequence > seen.sequence { seen = head }
      isCompared = isCompared || head == seen
    } catch let failure as AuditError where failure.kind == .changed {
      guard try await resume(instead: head) else {
        // Remember the head, so that nothing is appended to the changed log later either.
        if head.sequence > seen.sequence { seen = head }
        throw failure
      }
    }
  }

  /// Resumes a restored log, if this is the one that `resumeAt` describes.
  ///
  /// - Returns: Whether the log was resumed, now or earlier.
  private func resume(instead head: AuditHead) async throws -> Bool {
    guard let resumeAt, resumeAt < head.sequence else { return false }
    let key = "resumed/\(resumeAt)"
    let isAtEnd = try await store.head().sequence == resumeAt
    let next = try await store.records(from: resumeAt + 1, limit: 1).first
    guard isAtEnd || next?.key == key else { return false }
    var entry = AuditEntry(
      time: AuditClock.now(), action: .daemonStarted, actor: AuditActor(user: "wpex"))
    entry.detail =
      "the log was resumed at record \(resumeAt), by `audit.resumeAt`: the records after it, at least up to "
      + "record \(head.sequence), are missing"
    guard let record = try await store.append([AuditAppend(key: key, entry)]).first else { return false }
    do {
      try await store.expect(seen)
    } catch let failure as AuditError where failure.kind == .changed {
      // A copied checkpoint may prove that even more is missing.
      seen = record.head
    }
    isCompared = true
    return true
  }

  private var reported: String?

  private func report(_ failure: AuditError) {
    guard reported != failure.description else { return }
    reported = failure.description
    changed(failure.description)
  }
}
