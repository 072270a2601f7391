package import AuditLog

/// A store that need not be there yet: the first use that finds it opens it, and every use before says that it is away.
package actor LateAuditStore: AuditStore {
  private let open: @Sendable () async throws -> any AuditStore
  private var opening: Task<any AuditStore, any Error>?
  private var isClosed = false

  /// - Parameter open: opens the store; called again after it threw.
  package init(_ open: @escaping @Sendable () async throws -> any AuditStore) { self.open = open }

  /// Uses at the same time wait for one attempt, and the first one after a failed attempt begins the next.
  private var store: any AuditStore {
    get async throws {
      guard !isClosed else { throw AuditFailure(.unavailable, "the audit log is closed") }
      let open = open
      let attempt = opening ?? Task { try await open() }
      opening = attempt
      do {
        return try await attempt.value
      } catch {
        if opening == attempt { opening = nil }
        throw error
      }
    }
  }

  package func append(_ appends: [AuditAppend]) async throws -> [AuditRecord] { try await store.append(appends) }

  package func records(from sequence: Int64, limit: Int) async throws -> [AuditRecord] {
    try await store.records(from: sequence, limit: limit)
  }

  package func records(matching query: AuditQuery) async throws -> [AuditRecord] {
    try await store.records(matching: query)
  }

  package func firstRecordWithWrongColumns() async throws -> Int64? { try await store.firstRecordWithWrongColumns() }

  package func head() async throws -> AuditHead { try await store.head() }

  package func add(_ checkpoint: Checkpoint) async throws { try await store.add(checkpoint) }

  package func checkpoints() async throws -> [Checkpoint] { try await store.checkpoints() }

  package func adopt(_ records: [AuditRecord]) async throws { try await store.adopt(records) }

  package func close() async {
    isClosed = true
    if let opened = try? await opening?.value { await opened.close() }
  }
}
