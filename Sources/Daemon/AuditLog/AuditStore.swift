/// Append-only store of audit records.
///
/// Methods throw `AuditError` if the store cannot be reached or refuses.
package protocol AuditStore: Sendable {
  /// Appends entries in order. An entry whose key is already recorded is skipped.
  ///
  /// - Returns: The record of each entry, whether new or not.
  /// - Throws: `AuditError`. After `.unavailable`, it is unknown whether the entries were recorded; retrying is safe.
  func append(_ appends: [AuditAppend]) async throws -> [AuditRecord]

  /// Returns at most `limit` records from a sequence number on, ascending.
  func records(from sequence: Int64, limit: Int) async throws -> [AuditRecord]

  /// Returns the newest matching records, descending.
  func records(matching query: AuditQuery) async throws -> [AuditRecord]

  /// Returns the newest record of an action; nil if there is none.
  func newestRecord(of action: AuditAction) async throws -> AuditRecord?

  /// Returns the first record whose columns differ from its bytes; nil if all agree.
  func firstRecordWithWrongColumns() async throws -> Int64?

  /// Returns the head of the chain.
  func head() async throws -> AuditHead

  /// Checks that an earlier head is still part of the log.
  ///
  /// - Throws: `AuditError(.changed)` if it is not.
  func expect(_ head: AuditHead) async throws

  /// Stores a checkpoint.
  func add(_ checkpoint: Checkpoint) async throws
  /// Returns all checkpoints, ascending.
  func checkpoints() async throws -> [Checkpoint]

  /// Appends records of another store unchanged.
  ///
  /// - Throws: `AuditError` or `ChainVerification.Fault` if they do not follow the last record.
  func adopt(_ records: [AuditRecord]) async throws

  /// Closes the store.
  func close() async
}

extension AuditStore {
  package func expect(_ head: AuditHead) async throws {
    guard head.sequence > 0 else { return }
    guard let there = try await records(from: head.sequence, limit: 1).first, there.sequence == head.sequence else {
      let end = try await self.head().sequence
      throw AuditError(
        .changed,
        "the audit log ends at record \(end), but record \(head.sequence) was seen in it earlier: it went back, was emptied or was "
          + "replaced")
    }
    guard there.hash == head.hash else {
      throw AuditError(
        .changed, "record \(head.sequence) of the audit log is not the one that was seen earlier: the log was replaced")
    }
  }

  package func newestRecord(of action: AuditAction) async throws -> AuditRecord? {
    var query = AuditQuery()
    query.action = action
    query.limit = 1
    return try await records(matching: query).first
  }

  /// Verifies the whole chain against the stored checkpoints and any that were kept elsewhere.
  ///
  /// - Parameters:
  ///   - exported: Checkpoints kept outside the store.
  ///   - verifier: Key that must have signed every checkpoint; nil skips that check.
  ///   - progress: Called with the number of the last verified record.
  /// - Returns: The head of the verified chain.
  /// - Throws: `ChainVerification.Fault` for the first bad record, or `AuditError`.
  package func verify(
    against exported: [Checkpoint] = [], signedBy verifier: CheckpointVerifier? = nil,
    progress: (Int64) -> Void = { _ in }
  ) async throws -> AuditHead {
    let known = try await exported + checkpoints()
    if let verifier, let bad = known.first(where: { !$0.isSigned(by: verifier) }) {
      throw ChainVerification.Fault(.badCheckpoint, at: bad.head.sequence)
    }
    // Records may be appended meanwhile: the chain read must include the head from before, and the head from afterwards
    // must not be behind it.
    let before = try await head()
    var verification = ChainVerification(checkpoints: known.map(\.head))
    while true {
      let batch = try await records(from: verification.head.sequence + 1, limit: 1_000)
      for record in batch {
        try verification.check(record)
        if record.sequence == before.sequence, record.hash != before.hash {
          throw ChainVerification.Fault(.gap, at: before.sequence + 1)
        }
      }
      guard !batch.isEmpty else { break }
      progress(verification.head.sequence)
    }
    try verification.finish()
    guard verification.head.sequence >= before.sequence else {
      throw ChainVerification.Fault(.gap, at: verification.head.sequence + 1)
    }
    let after = try await head()
    guard after.sequence > verification.head.sequence || after == verification.head else {
      throw ChainVerification.Fault(.gap, at: min(after.sequence, verification.head.sequence) + 1)
    }
    if let sequence = try await firstRecordWithWrongColumns() {
      throw ChainVerification.Fault(.wrongColumns, at: sequence)
    }
    return verification.head
  }
}
