package import GitStore

/// A source that several services follow: fetches never overlap, and one that has not begun is for all who wait.
package actor SharedSource: RepositorySource {
  private let source: any RepositorySource
  private var current: Fetch?
  private var next: Fetch?

  /// The number of tasks that wait for a fetch.
  package var waitingCount: Int { (current?.waiting.count ?? 0) + (next?.waiting.count ?? 0) }

  /// One fetch, and those who wait for it.
  private final class Fetch {
    var task: Task<Void, Never>?
    var waiting: [Int: AsyncThrowingStream<CommitInfo, any Error>.Continuation] = [:]
    var arrivals = 0
  }

  package init(_ source: any RepositorySource) { self.source = source }

  package nonisolated var repository: GitRepository { source.repository }
  package nonisolated var canBeSigned: Bool { source.canBeSigned }
  package nonisolated var description: String { source.description }

  package nonisolated func isAncestor(_ old: String, of new: String) async throws -> Bool {
    try await source.isAncestor(old, of: new)
  }

  /// Fetches the newest commit, as of this call: a fetch that has begun already may have looked before a push.
  package func newest() async throws -> CommitInfo {
    let (stream, continuation) = AsyncThrowingStream<CommitInfo, any Error>.makeStream()
    let fetch: Fetch
    if current == nil {
      fetch = Fetch()
      begin(fetch)
    } else {
      fetch = next ?? Fetch()
      next = fetch
    }
    let arrival = fetch.arrivals
    fetch.arrivals += 1
    fetch.waiting[arrival] = continuation
    defer { leave(fetch, arrival) }
    // Ends without a value if this task is cancelled.
    for try await commit in stream { return commit }
    throw CancellationError()
  }

  private func begin(_ fetch: Fetch) {
    current = fetch
    fetch.task = Task {
      let result: Result<CommitInfo, any Error>
      do { result = .success(try await source.newest()) } catch { result = .failure(error) }
      finish(fetch, result)
    }
  }

  private func finish(_ fetch: Fetch, _ result: Result<CommitInfo, any Error>) {
    for continuation in fetch.waiting.values {
      if case .success(let commit) = result { continuation.yield(commit) }
      continuation.finish(throwing: { if case .failure(let error) = result { error } else { nil } }())
    }
    fetch.waiting = [:]
    current = nil
    guard let waiting = next else { return }
    next = nil
    if !waiting.waiting.isEmpty { begin(waiting) }
  }

  /// The fetch ends with the last task that waits for it.
  private func leave(_ fetch: Fetch, _ arrival: Int) {
    fetch.waiting[arrival] = nil
    if fetch.waiting.isEmpty { fetch.task?.cancel() }
  }
}
