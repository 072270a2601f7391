/// Signs the head of a log after a number of records or seconds.
///
/// It verifies the chain since the last signed checkpoint first: a log that was tampered with is reported instead of
/// signed.
package actor CheckpointSigner {
  /// When checkpoints are due.
  package struct Options: Sendable {
    /// Number of new records after which a checkpoint is due.
    package var records: Int64 = 1_000
    /// Seconds after which a checkpoint is due even for a single new record.
    package var seconds = 3_600.0

    /// Creates the default options.
    package init() {}
  }

  private let store: any AuditStore
  private let origin: String
  private let key: CheckpointKey
  private let options: Options
  private let copies: [Checkpoint]
  private var last: (head: AuditHead, at: ContinuousClock.Instant?)?

  /// Creates a signer.
  ///
  /// - Parameters:
  ///   - store: The log to sign.
  ///   - origin: Identifies the log.
  ///   - key: Signing key.
  ///   - options: When checkpoints are due.
  ///   - copies: Checkpoints kept outside the store. Those of other keys or logs are ignored.
  package init(
    _ store: any AuditStore, origin: String, key: CheckpointKey, options: Options = Options(), copies: [Checkpoint] = []
  ) {
    self.store = store
    self.copies = copies
    self.origin = origin
    self.key = key
    self.options = options
  }

  /// Signs and stores a checkpoint if one is due.
  ///
  /// - Returns: The new checkpoint; nil if none is due.
  /// - Throws: `ChainVerification.Fault` if the chain is broken after the last checkpoint, or `AuditError`.
  package func signIfDue() async throws -> Checkpoint? {
    let last: (head: AuditHead, at: ContinuousClock.Instant?)
    if let known = self.last {
      last = known
    } else {
      let known = try await store.checkpoints() + copies
      let signed = known.filter { $0.origin == origin && $0.isSigned(by: key.verifier) }
      last = (signed.max { $0.head.sequence < $1.head.sequence }?.head ?? .empty, nil)
      self.last = last
    }
    let head = try await store.head()
    if head.sequence < last.head.sequence { throw ChainVerification.Fault(.beforeCheckpoint, at: last.head.sequence) }
    if head.sequence == last.head.sequence, head != last.head {
      throw ChainVerification.Fault(.otherThanCheckpoint, at: head.sequence)
    }
    let isLate = last.at.map { ContinuousClock.now - $0 >= .seconds(options.seconds) } ?? true
    guard head.sequence - last.head.sequence >= (isLate ? 1 : options.records) else { return nil }
    var verification = ChainVerification(from: last.head)
    while verification.head.sequence < head.sequence {
      let batch = try await store.records(from: verification.head.sequence + 1, limit: 1_000)
      if batch.isEmpty { throw ChainVerification.Fault(.gap, at: verification.head.sequence + 1) }
      for record in batch { try verification.check(record) }
    }
    let checkpoint = try Checkpoint(origin: origin, head: verification.head, key: key)
    try await store.add(checkpoint)
    self.last = (verification.head, .now)
    return checkpoint
  }
}
