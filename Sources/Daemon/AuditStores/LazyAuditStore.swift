package import AuditLog

/// A store that is opened on demand: the first use that succeeds opens it, and earlier uses throw.
package actor LazyAuditStore: ForwardingAuditStore {
  private let open: @Sendable () async throws -> any AuditStore
  private var opening: Task<any AuditStore, any Error>?
  private var isClosed = false

  /// - Parameter open: Opens the store; called again after it has thrown.
  package init(_ open: @escaping @Sendable () async throws -> any AuditStore) { self.open = open }

  /// The opened store. Concurrent uses share one attempt; the first use after a failed attempt starts another.
  package var store: any AuditStore {
    get async throws {
      guard !isClosed else { throw AuditError(.unavailable, "the audit log is closed") }
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

  package func close() async {
    isClosed = true
    if let opened = try? await opening?.value { await opened.close() }
  }
}
