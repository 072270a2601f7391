/// Verifies a chain record by record, and reports the first fault.
package struct ChainVerification: Sendable {
  /// The first fault of a chain.
  package struct Fault: Error, Sendable, Equatable, CustomStringConvertible {
    /// Kind of fault.
    package enum Kind: String, Sendable {
      /// A record is missing.
      case gap
      /// The record's `previous` is not the hash of the record before it.
      case wrongPrevious
      /// The record's hash does not match its content.
      case wrongHash
      /// The bytes are not a valid entry.
      case unreadable
      /// Columns of the store differ from the entry.
      case wrongColumns
      /// An earlier record has the same key.
      case repeatedKey
      /// The chain ends before a signed checkpoint.
      case beforeCheckpoint
      /// The record differs from the one in a signed checkpoint.
      case otherThanCheckpoint
      /// A checkpoint is not signed by the given key.
      case badCheckpoint
    }
    /// Kind of fault.
    package let kind: Kind
    /// Sequence number of the record with the fault.
    package let sequence: Int64

    /// Creates a fault.
    package init(_ kind: Kind, at sequence: Int64) {
      self.kind = kind
      self.sequence = sequence
    }

    package var description: String {
      switch kind {
      case .gap: "record \(sequence) is missing: a record was removed, added or moved"
      case .wrongPrevious: "record \(sequence) does not follow the one before it: one of the two was replaced"
      case .wrongHash: "record \(sequence) was changed: its hash does not match its content"
      case .unreadable: "record \(sequence) is not a record of wpex, although its hash is right"
      case .wrongColumns: "record \(sequence) has different values in its columns and in its content"
      case .repeatedKey: "record \(sequence) repeats an earlier record's key"
      case .beforeCheckpoint:
        "the chain ends before record \(sequence), which a signed checkpoint covers: its end was cut off"
      case .otherThanCheckpoint:
        "record \(sequence) is not the one that a signed checkpoint covers: the chain was rewritten"
      case .badCheckpoint: "the checkpoint of record \(sequence) is not signed by the given key"
      }
    }
  }

  /// Head of the records verified so far.
  package private(set) var head = AuditHead.empty
  private var checkpoints: [Int64: [UInt8]]
  private let latestCheckpoint: Int64?
  /// Keys as bytes, because comparing strings would treat canonically equivalent keys as equal.
  private var keys: Set<[UInt8]> = []

  /// Starts at the beginning of a chain.
  ///
  /// - Parameter checkpoints: Heads of signed checkpoints, already verified.
  package init(checkpoints: [AuditHead] = []) {
    self.checkpoints = Dictionary(checkpoints.map { ($0.sequence, $0.hash) }) { first, _ in first }
    latestCheckpoint = checkpoints.map(\.sequence).max()
  }

  /// Continues after a record that is known to be valid.
  package init(from head: AuditHead) {
    self.init()
    self.head = head
  }

  /// Verifies the next record.
  ///
  /// - Throws: The fault of the record.
  package mutating func check(_ record: AuditRecord) throws(Fault) {
    let expected = head.sequence + 1
    guard record.sequence == expected else { throw Fault(.gap, at: expected) }
    guard record.previous == head.hash else { throw Fault(.wrongPrevious, at: expected) }
    guard
      let hash = try? AuditRecord.hash(
        previous: record.previous, sequence: record.sequence, key: record.key, bytes: record.bytes),
      hash == record.hash
    else { throw Fault(.wrongHash, at: expected) }
    guard record.entry != nil else { throw Fault(.unreadable, at: expected) }
    guard keys.insert(Array(record.key.utf8)).inserted else { throw Fault(.repeatedKey, at: expected) }
    if let seen = checkpoints[expected], seen != hash { throw Fault(.otherThanCheckpoint, at: expected) }
    head = record.head
  }

  /// Verifies as much of one record as is possible without the record before it.
  ///
  /// - Throws: The fault of the record.
  package mutating func checkAlone(_ record: AuditRecord) throws(Fault) {
    head = AuditHead(sequence: record.sequence - 1, hash: record.previous)
    try check(record)
  }

  /// Ends the verification.
  ///
  /// - Throws: A fault if a checkpoint lies beyond the end of the chain.
  package func finish() throws(Fault) {
    if let latestCheckpoint, latestCheckpoint > head.sequence { throw Fault(.beforeCheckpoint, at: latestCheckpoint) }
  }
}
