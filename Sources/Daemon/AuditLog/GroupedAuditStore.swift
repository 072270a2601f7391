/// Appends what several tasks have to record in one transaction of the store behind it: whoever comes while one is under way
/// waits for the next.
package actor GroupedAuditStore: ForwardingAuditStore {
  private struct Waiting {
    let appends: [AuditAppend]
    let continuation: CheckedContinuation<[AuditRecord], any Error>
  }

  package let store: any AuditStore
  private var waiting: [Waiting] = []
  private var isBusy = false

  package init(_ store: any AuditStore) { self.store = store }

  package func append(_ appends: [AuditAppend]) async throws -> [AuditRecord] {
    try await withCheckedThrowingContinuation { continuation in
      waiting.append(Waiting(appends: appends, continuation: continuation))
      guard !isBusy else { return }
      isBusy = true
      // In a task of its own: what others wait for does not end with the one that came first.
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
      } catch let failure where group.count == 1 || (failure as? AuditFailure)?.kind == .unavailable {
        for one in group { one.continuation.resume(throwing: failure) }
      } catch {
        // One that is refused must not take the others with it.
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
