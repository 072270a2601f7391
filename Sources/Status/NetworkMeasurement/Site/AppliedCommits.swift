import ConfigModel
import FoundationEssentials
import GitStore

/// Compiled commits that daemons have applied. Requests that need one at the same time share it.
package actor AppliedCommits {
  /// Regions may have different commits, but rarely many.
  private static let capacity = 4

  private let fetch: (@Sendable () async throws -> Void)?
  private var known: [(name: String, task: Task<AppliedCommit, any Error>)] = []

  /// - Parameter fetch: Called if a commit is missing: of two daemons, the one that does not apply may not have it yet.
  package init(fetch: (@Sendable () async throws -> Void)? = nil) { self.fetch = fetch }

  /// Returns a commit, compiled for the current day, because tokens expire.
  ///
  /// - Throws: `GitStoreError` if it cannot be read.
  func commit(_ id: String, in repository: GitRepository) async throws -> AppliedCommit {
    let day = CivilDate(unixSeconds: Int64(Date.now.timeIntervalSince1970))
    let name = "\(id) \(day)"
    if let found = known.first(where: { $0.name == name }) { return try await found.task.value }
    let task = Task { [fetch] in
      do {
        return try await AppliedCommit(id, in: repository)
      } catch let error as GitStoreError {
        guard let fetch else { throw error }
        try await fetch()
        return try await AppliedCommit(id, in: repository)
      }
    }
    known.append((name, task))
    if known.count > Self.capacity { known.removeFirst() }
    do {
      return try await task.value
    } catch {
      known.removeAll { $0.name == name }
      throw error
    }
  }
}
