import FoundationEssentials

/// A store that is compared with what was seen of it earlier, when it is first used and at every append: a log that went
/// back, was emptied or was replaced takes no more records, so that nothing is done that leaves none.
package actor VigilantAuditStore: ForwardingAuditStore {
  package let store: any AuditStore
  /// The newest record that was seen, by this process or by one before it.
  private var seen: AuditHead
  /// Whether the store was found to have `seen`.
  private var isCompared = false
  private let resumeAt: Int64?
  private let changed: @Sendable (String) -> Void

  /// - Parameters:
  ///   - seen: what a checkpoint's copy, or anything else outside the store, remembers of it.
  ///   - resumeAt: the record at which the log ends since it was restored from a backup. What was seen behind it is given up,
  ///     with a record that says so.
  ///   - changed: called once for each reason why the store takes no more records.
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

  /// Notes that the store was changed, if that is the error.
  private func noting(_ error: any Error) -> any Error {
    if let failure = error as? AuditFailure, failure.kind == .changed {
      isCompared = false
      report(failure)
    }
    return error
  }

  package func close() async { await store.close() }

  /// Sees that what was appended follows what was seen before.
  private func follow(_ records: [AuditRecord]) async throws {
    let news = records.filter { $0.sequence > seen.sequence }.sorted { $0.sequence < $1.sequence }
    if let first = news.first, first.sequence == seen.sequence + 1 {
      guard first.previous == seen.hash else {
        throw AuditFailure(
          .changed, "record \(seen.sequence) of the audit log is not the one that was seen in it: the log was replaced")
      }
    } else {
      // Others appended meanwhile, or all of it was there before, or the log went back and took it as new.
      try await store.expect(seen)
    }
    if let last = news.last { seen = last.head }
  }

  private func compare(_ head: AuditHead) async throws {
    do {
      try await store.expect(head)
      if head.sequence > seen.sequence { seen = head }
      isCompared = isCompared || head == seen
    } catch let failure as AuditFailure where failure.kind == .changed {
      guard try await resume(instead: head) else {
        // Nor is anything else put on top of it.
        if head.sequence > seen.sequence { seen = head }
        throw failure
      }
    }
  }

  /// - Returns: Whether the log ends, or was gone on with, where a restored one is said to end.
  private func resume(instead head: AuditHead) async throws -> Bool {
    guard let resumeAt, resumeAt < head.sequence else { return false }
    let key = "resumed/\(resumeAt)"
    let isAtEnd = try await store.head().sequence == resumeAt
    let next = try await store.records(from: resumeAt + 1, limit: 1).first
    guard isAtEnd || next?.key == key else { return false }
    var entry = AuditEntry(
      time: Int64(Date.now.timeIntervalSince1970 * 1_000), action: .daemonStarted, actor: AuditActor(user: "wpex"))
    entry.detail =
      "the log was resumed at record \(resumeAt), by `audit.resumeAt`: what had been recorded behind it, at least up to "
      + "record \(head.sequence), is missing"
    guard let record = try await store.append([AuditAppend(key: key, entry)]).first else { return false }
    do {
      try await store.expect(seen)
    } catch let failure as AuditFailure where failure.kind == .changed {
      // A copy of a checkpoint may tell of more that is missing.
      seen = record.head
    }
    isCompared = true
    return true
  }

  private var reported: String?

  private func report(_ failure: AuditFailure) {
    guard reported != failure.description else { return }
    reported = failure.description
    changed(failure.description)
  }
}
