import KeyBundles

/// The end of a chain.
package struct AuditHead: Sendable, Equatable {
  /// Sequence number of the last record; 0 if there is none.
  package let sequence: Int64
  /// Hash of the last record.
  package let hash: [UInt8]

  /// Creates a head.
  package init(sequence: Int64, hash: [UInt8]) {
    self.sequence = sequence
    self.hash = hash
  }

  /// Head of a chain without records.
  package static let empty = AuditHead(sequence: 0, hash: [UInt8](repeating: 0, count: 32))
}
