package import AuditLog

/// A store that need not be there yet: the first use that finds it opens it, and every use before says that it is away.
package actor LateAuditStore: ForwardingAuditStore {
  private let open: @Sendable () async throws -> any AuditStore
  private var opening: Task<any AuditStore, any Error>?
  private var isClosed = false

  /// - Parameter open: opens the store; called again after it threw.
  package init(_ open: @escaping @Sendable () async throws -> any AuditStore) { self.open = open }

  /// Uses at the same time wait for one attempt, and the first one after a failed attempt begins the next.
  package var store: any AuditStore {
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

  package func close() async {
    isClosed = true
    if let opened = try? await opening?.value { await opened.close() }
  }
}
