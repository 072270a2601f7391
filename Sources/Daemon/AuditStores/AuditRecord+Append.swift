import AuditLog

extension AuditRecord {
  /// Returns this record as the result of an append with the same key.
  ///
  /// - Throws: `AuditError(.invalid)` if one of the two is the status server's and the other is not: the key was then
  ///   occupied to keep the true record out.
  func forAppend(_ append: AuditAppend) throws(AuditError) -> AuditRecord {
    let own = AuditAction.ofStatusServer
    guard let action = entry?.action, own.contains(action) == own.contains(append.entry.action) else {
      throw AuditError(.invalid, "record \(sequence) already has the key `\(append.key)`, with different content")
    }
    return self
  }
}
