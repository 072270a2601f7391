/// Goes along a chain and says where it breaks first.
package struct ChainVerification: Sendable {
  /// The first fault of a chain.
  package struct Fault: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: String, Sendable {
      case gap
      case wrongPrevious
      case wrongHash
      case unreadable
      case wrongColumns
      case repeatedKey
      case beforeCheckpoint
      case otherThanCheckpoint
      case badCheckpoint
    }
    package let kind: Kind
    /// The record at which it shows.
    package let sequence: Int64

    package init(_ kind: Kind, at sequence: Int64) {
      self.kind = kind
      self.sequence = sequence
    }

    package var description: String {
      switch kind {
      case .gap: "record \(sequence) is missing: a record was removed, added or moved"
      case .wrongPrevious: "record \(sequence) does not follow the one before it: one of the two was replaced"
      case .wrongHash: "record \(sequence) was changed: its hash is not that of its content"
      case .unreadable: "record \(sequence) is not a record of wpex, although its hash is right"
      case .wrongColumns: "record \(sequence) shows other values in its columns than in its content"
      case .repeatedKey: "record \(sequence) repeats an earlier record's key"
      case .beforeCheckpoint:
        "the chain ends before record \(sequence), which a signed checkpoint has seen: its end was cut off"
      case .otherThanCheckpoint:
        "record \(sequence) is not the one that a signed checkpoint has seen: the chain was rewritten"
      case .badCheckpoint: "the checkpoint of record \(sequence) is not signed by the given key"
      }
    }
  }

  package private(set) var head = AuditHead.empty
  private var checkpoints: [Int64: [UInt8]]
  private let latestCheckpoint: Int64?
  /// Bytes: two keys that look alike are two.
  private var keys: Set<[UInt8]> = []

  /// - Parameter checkpoints: what signed checkpoints have seen, already verified.
  package init(checkpoints: [AuditHead] = []) {
    self.checkpoints = Dictionary(checkpoints.map { ($0.sequence, $0.hash) }) { first, _ in first }
    latestCheckpoint = checkpoints.map(\.sequence).max()
  }

  /// Goes on behind a record that is known to be good.
  package init(from head: AuditHead) {
    self.init()
    self.head = head
  }

  /// Takes the next record.
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

  /// Checks what can be seen of one record without the one before it.
  package mutating func checkAlone(_ record: AuditRecord) throws(Fault) {
    head = AuditHead(sequence: record.sequence - 1, hash: record.previous)
    try check(record)
  }

  /// Says that there are no more records.
  package func finish() throws(Fault) {
    if let latestCheckpoint, latestCheckpoint > head.sequence { throw Fault(.beforeCheckpoint, at: latestCheckpoint) }
  }
}
