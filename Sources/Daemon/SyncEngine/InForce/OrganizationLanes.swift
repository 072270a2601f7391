/// Bound on the requests that are under way at the same time, for each organization by itself: one that has relays which do not
/// answer delays no other.
actor OrganizationLanes {
  private let width: Int
  private var used: [String: Int] = [:]
  private var waiting: [String: [CheckedContinuation<Void, Never>]] = [:]

  init(width: Int) { self.width = width }

  /// Runs `body` when its lane has room.
  nonisolated func run<Value: Sendable>(
    in lane: String, _ body: @Sendable () async throws -> Value
  ) async rethrows -> Value {
    await enter(lane)
    do {
      let value = try await body()
      await leave(lane)
      return value
    } catch {
      await leave(lane)
      throw error
    }
  }

  private func enter(_ lane: String) async {
    if used[lane, default: 0] < width {
      used[lane, default: 0] += 1
      return
    }
    await withCheckedContinuation { waiting[lane, default: []].append($0) }
  }

  private func leave(_ lane: String) {
    if var queue = waiting[lane], !queue.isEmpty {
      let next = queue.removeFirst()
      waiting[lane] = queue.isEmpty ? nil : queue
      return next.resume()
    }
    used[lane] = used[lane, default: 1] > 1 ? used[lane, default: 1] - 1 : nil
  }
}
