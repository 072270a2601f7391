/// An entry to record, with an idempotency key.
package struct AuditAppend: Sendable {
  /// Idempotency key: entries with the same key are recorded only once.
  package let key: String
  /// The entry.
  package let entry: AuditEntry

  /// Creates a request to append `entry`.
  package init(key: String, _ entry: AuditEntry) {
    self.key = key
    self.entry = entry
  }
}
