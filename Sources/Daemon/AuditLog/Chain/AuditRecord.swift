import KeyBundles

/// An entry in its place in the chain.
///
/// `hash = SHA-256(previous ‖ sequence ‖ length of key ‖ key ‖ bytes)`, with the sequence as 8 and the length as 4 bytes,
/// big-endian: whoever changes, removes, adds or moves a record would have to make every later hash anew.
package struct AuditRecord: Sendable, Equatable {
  /// From 1, without gaps.
  package let sequence: Int64
  /// Says what happened once, however often it is written: the same key is never recorded twice.
  package let key: String
  /// The entry's canonical bytes.
  package let bytes: [UInt8]
  /// The hash of the record before; 32 zeros for the first.
  package let previous: [UInt8]
  package let hash: [UInt8]

  package init(sequence: Int64, key: String, bytes: [UInt8], previous: [UInt8], hash: [UInt8]) {
    self.sequence = sequence
    self.key = key
    self.bytes = bytes
    self.previous = previous
    self.hash = hash
  }

  /// The record that follows `previous`.
  package init(after previous: AuditHead, key: String, bytes: [UInt8]) throws {
    let sequence = previous.sequence + 1
    self.init(
      sequence: sequence, key: key, bytes: bytes, previous: previous.hash,
      hash: try Self.hash(previous: previous.hash, sequence: sequence, key: key, bytes: bytes))
  }

  package var entry: AuditEntry? { AuditEntry(bytes: bytes) }
  package var head: AuditHead { AuditHead(sequence: sequence, hash: hash) }

  static func hash(previous: [UInt8], sequence: Int64, key: String, bytes: [UInt8]) throws -> [UInt8] {
    let number = (0..<8).map { UInt8(truncatingIfNeeded: sequence >> (56 - 8 * $0)) }
    let key = Array(key.utf8)
    let length = (0..<4).map { UInt8(truncatingIfNeeded: key.count >> (24 - 8 * $0)) }
    return try SHA256Digest.bytes(of: previous + number + length + key + bytes)
  }
}

/// Where a chain ends.
package struct AuditHead: Sendable, Equatable {
  package let sequence: Int64
  package let hash: [UInt8]

  package init(sequence: Int64, hash: [UInt8]) {
    self.sequence = sequence
    self.hash = hash
  }

  /// Of a chain without any record.
  package static let empty = AuditHead(sequence: 0, hash: [UInt8](repeating: 0, count: 32))
}
