import AuditLog

extension AuditRecord {
  /// This record, which has the key of what was to be appended.
  ///
  /// - Throws: `AuditFailure(.invalid)` where one of the two is the status server's and the other is not: then somebody took
  ///   the key to keep the true record out.
  func forAppend(_ append: AuditAppend) throws(AuditFailure) -> AuditRecord {
    let own = AuditAction.ofStatusServer
    guard let action = entry?.action, own.contains(action) == own.contains(append.entry.action) else {
      throw AuditFailure(.invalid, "record \(sequence) has the key `\(append.key)`, and says something else")
    }
    return self
  }
}
