/// Batches concurrent appends: those that arrive during a transaction of the underlying store share the next one.
package actor BatchingAuditStore: ForwardingAuditStore {
  private struct Waiting {
    let appends: [AuditAppend]
    let continuation: CheckedContinuation<[AuditRecord], any Error>
  }

  /// The underlying store.
  package let store: any AuditStore
  private var waiting: [Waiting] = []
  private var isBusy = false

  /// Creates a store that batches appends to `store`.
  package init(_ store: any AuditStore) { self.store = store }

  package func append(_ appends: [AuditAppend]) async throws -> [AuditRecord] {
    try await withCheckedThrowingContinuation { continuation in
      waiting.append(Waiting(appends: appends, continuation: continuation))
      guard !isBusy else { return }
      isBusy = true
      // A separate task, so that cancelling the first caller does not affect the others.
      Task { await self.drain() }
    }
  }

  private func drain() async {
    while !waiting.isEmpty {
      let group = waiting
      waiting = []
      do {
        var records = try await store.append(group.flatMap(\.appends))[...]
        for one in group {
          one.continuation.resume(returning: Array(records.prefix(one.appends.count)))
          records = records.dropFirst(one.appends.count)
        }
      } catch let failure where group.count == 1 || (failure as? AuditError)?.kind == .unavailable {
        for one in group { one.continuation.resume(throwing: failure) }
      } catch {
        // A rejected append must not fail the others: retry each one separately.
        for one in group {
          do {
            one.continuation.resume(returning: try await store.append(one.appends))
          } catch {
            one.continuation.resume(throwing: error)
          }
        }
      }
    }
    isBusy = false
  }

  package func close() async { await store.close() }
}
