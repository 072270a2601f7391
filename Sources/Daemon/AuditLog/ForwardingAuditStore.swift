/// A decorator: forwards every call to `store` unless the conforming type overrides it.
package protocol ForwardingAuditStore: AuditStore {
  /// The decorated store.
  var store: any AuditStore { get async throws }
}

extension ForwardingAuditStore {
  package func append(_ appends: [AuditAppend]) async throws -> [AuditRecord] { try await store.append(appends) }

  package func records(from sequence: Int64, limit: Int) async throws -> [AuditRecord] {
    try await store.records(from: sequence, limit: limit)
  }

  package func records(matching query: AuditQuery) async throws -> [AuditRecord] {
    try await store.records(matching: query)
  }

  package func newestRecord(of action: AuditAction) async throws -> AuditRecord? {
    try await store.newestRecord(of: action)
  }

  package func firstRecordWithWrongColumns() async throws -> Int64? { try await store.firstRecordWithWrongColumns() }
  package func head() async throws -> AuditHead { try await store.head() }
  package func expect(_ head: AuditHead) async throws { try await store.expect(head) }
  package func add(_ checkpoint: Checkpoint) async throws { try await store.add(checkpoint) }
  package func checkpoints() async throws -> [Checkpoint] { try await store.checkpoints() }
  package func adopt(_ records: [AuditRecord]) async throws { try await store.adopt(records) }
}
