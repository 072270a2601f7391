import KeyBundles

/// An entry in the hash chain.
///
/// `hash = SHA-256(previous ‖ sequence ‖ length of key ‖ key ‖ bytes)`, with the sequence as 8 and the length as 4
/// bytes, big-endian. Changing, removing, inserting or moving a record would therefore require recomputing every later
/// hash.
package struct AuditRecord: Sendable, Equatable {
  /// Sequence number, from 1 without gaps.
  package let sequence: Int64
  /// Idempotency key: the same key is never recorded twice, however often it is written.
  package let key: String
  /// Canonical bytes of the entry.
  package let bytes: [UInt8]
  /// Hash of the previous record; 32 zeros for the first record.
  package let previous: [UInt8]
  /// SHA-256 over the other members.
  package let hash: [UInt8]

  /// Creates a record from its stored members, without checking the hash.
  package init(sequence: Int64, key: String, bytes: [UInt8], previous: [UInt8], hash: [UInt8]) {
    self.sequence = sequence
    self.key = key
    self.bytes = bytes
    self.previous = previous
    self.hash = hash
  }

  /// Creates the record that follows `previous`.
  ///
  /// - Throws: An error if OpenSSL cannot hash.
  package init(after previous: AuditHead, key: String, bytes: [UInt8]) throws {
    let sequence = previous.sequence + 1
    self.init(
      sequence: sequence, key: key, bytes: bytes, previous: previous.hash,
      hash: try Self.hash(previous: previous.hash, sequence: sequence, key: key, bytes: bytes))
  }

  /// The decoded entry; nil if `bytes` is not one.
  package var entry: AuditEntry? { AuditEntry(bytes: bytes) }
  /// Head of a chain that ends with this record.
  package var head: AuditHead { AuditHead(sequence: sequence, hash: hash) }

  static func hash(previous: [UInt8], sequence: Int64, key: String, bytes: [UInt8]) throws -> [UInt8] {
    let number = (0..<8).map { UInt8(truncatingIfNeeded: sequence >> (56 - 8 * $0)) }
    let key = Array(key.utf8)
    let length = (0..<4).map { UInt8(truncatingIfNeeded: key.count >> (24 - 8 * $0)) }
    return try SHA256Digest.bytes(of: previous + number + length + key + bytes)
  }
}
