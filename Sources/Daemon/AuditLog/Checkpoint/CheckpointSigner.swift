/// Signs where a log ends, every so many records or seconds.
///
/// It follows the chain from the place it signed last: a log that was tampered with is reported and not signed.
package actor CheckpointSigner {
  package struct Options: Sendable {
    /// A checkpoint is due after so many records.
    package var records: Int64 = 1_000
    /// Seconds after which one is due for a single record.
    package var seconds = 3_600.0

    package init() {}
  }

  private let store: any AuditStore
  private let origin: String
  private let key: CheckpointKey
  private let options: Options
  private let copies: [Checkpoint]
  private var last: (head: AuditHead, at: ContinuousClock.Instant?)?

  /// - Parameters:
  ///   - origin: which log it is about.
  ///   - copies: checkpoints that were kept outside the store. Those of another key or log count for nothing.
  package init(
    _ store: any AuditStore, origin: String, key: CheckpointKey, options: Options = Options(), copies: [Checkpoint] = []
  ) {
    self.store = store
    self.copies = copies
    self.origin = origin
    self.key = key
    self.options = options
  }

  /// Signs, if that is due.
  ///
  /// - Throws: `ChainVerification.Fault` where the chain is broken behind the last checkpoint, or `AuditFailure`.
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
