/// Why a store did not do what it was asked for.
package struct AuditFailure: Error, Sendable, CustomStringConvertible {
  package enum Kind: Sendable, Equatable {
    /// It cannot be reached now; asking again later may help.
    case unavailable
    /// It refuses: a wrong schema, a missing right, a bad argument.
    case invalid
    /// It is not the log that was seen earlier: it went back, was emptied, replaced or removed.
    case changed
  }

  package let kind: Kind
  package let description: String

  package init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}

/// Something to record, with the key that makes it happen once.
package struct AuditAppend: Sendable {
  package let key: String
  package let entry: AuditEntry

  package init(key: String, _ entry: AuditEntry) {
    self.key = key
    self.entry = entry
  }
}

/// Which records are asked for.
package struct AuditQuery: Sendable, Equatable {
  package var org: String?
  package var action: AuditAction?
  /// A part of the actor's name and address, in any case.
  package var actor: String?
  package var commit: String?
  package var generation: Int?
  /// Milliseconds since 1970.
  package var since: Int64?
  package var until: Int64?
  /// Only records before this one.
  package var before: Int64?
  package var limit = 100

  package init() {}
}

/// Where records are kept. Appending is all that can be done to them.
package protocol AuditStore: Sendable {
  /// Appends entries in their order. An entry whose key is there already is left as it is.
  ///
  /// - Returns: For every entry its record, whether it is new or not.
  /// - Throws: `AuditFailure`. After `.unavailable` nobody knows whether it was recorded; doing it again is safe.
  func append(_ appends: [AuditAppend]) async throws -> [AuditRecord]

  /// Records from a number on, ascending, at most `limit`.
  func records(from sequence: Int64, limit: Int) async throws -> [AuditRecord]

  /// The newest records that fit, descending.
  func records(matching query: AuditQuery) async throws -> [AuditRecord]

  /// The newest record of an action; nil if there is none.
  func newestRecord(of action: AuditAction) async throws -> AuditRecord?

  /// The first record whose columns say something else than its bytes; nil where all agree.
  func firstRecordWithWrongColumns() async throws -> Int64?

  func head() async throws -> AuditHead

  /// Sees that a record that was there earlier is there still.
  ///
  /// - Throws: `AuditFailure(.changed)` if it is not.
  func expect(_ head: AuditHead) async throws

  func add(_ checkpoint: Checkpoint) async throws
  /// Ascending.
  func checkpoints() async throws -> [Checkpoint]

  /// Takes over records of another store as they are, behind the last one.
  ///
  /// - Throws: `AuditFailure` where they do not follow it.
  func adopt(_ records: [AuditRecord]) async throws

  func close() async
}

extension AuditStore {
  package func expect(_ head: AuditHead) async throws {
    guard head.sequence > 0 else { return }
    guard let there = try await records(from: head.sequence, limit: 1).first, there.sequence == head.sequence else {
      let end = try await self.head().sequence
      throw AuditFailure(
        .changed,
        "the audit log ends at record \(end), and record \(head.sequence) was seen in it: it went back, was emptied or was "
          + "replaced")
    }
    guard there.hash == head.hash else {
      throw AuditFailure(
        .changed, "record \(head.sequence) of the audit log is not the one that was seen in it: the log was replaced")
    }
  }

  package func newestRecord(of action: AuditAction) async throws -> AuditRecord? {
    var query = AuditQuery()
    query.action = action
    query.limit = 1
    return try await records(matching: query).first
  }

  /// Verifies the whole chain, against checkpoints that were kept elsewhere too.
  ///
  /// - Returns: Where it ends.
  /// - Throws: `ChainVerification.Fault` with the first bad record, or `AuditFailure`.
  package func verify(
    against exported: [Checkpoint] = [], signedBy verifier: CheckpointVerifier? = nil,
    progress: (Int64) -> Void = { _ in }
  ) async throws -> AuditHead {
    let known = try await exported + checkpoints()
    if let verifier, let bad = known.first(where: { !$0.isSigned(by: verifier) }) {
      throw ChainVerification.Fault(.badCheckpoint, at: bad.head.sequence)
    }
    // Others may append meanwhile: the chain must reach the head of before, and the head of afterwards must reach the chain.
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
