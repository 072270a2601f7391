import ConfigCompiler
package import GitStore

/// Newest commits of the followed branch along first parents, with the parts of the repository that each changed.
package actor CommitTimeline {
  /// Commit and the parts of the repository that it changed.
  package struct Entry: Sendable, Equatable {
    /// The commit.
    package let commit: CommitInfo
    /// Its place in the branch's history, from 0 for the oldest that is known.
    package let place: Int
    /// The organizations in whose folders it changed something.
    package let organizations: Set<String>
    /// Whether it changed anything outside the organizations' folders.
    package let touchesPlatform: Bool
  }

  /// The largest number of commits that are kept.
  package static let maxCount = 200
  /// The number of commits that are read when the service starts.
  private static let first = 30

  private let repository: GitRepository
  /// Oldest first.
  private var entries: [Entry] = []
  private var parts: [String: Parts] = [:]

  /// Identities of a commit's parts: equal identities mean equal contents.
  private struct Parts {
    let organizations: [String: ContentIdentity?]
    let platform: [String: ContentIdentity?]
  }

  package init(_ repository: GitRepository) { self.repository = repository }

  /// Adds a commit and the commits before it that are not known yet.
  ///
  /// - Returns: All known commits, the newest first.
  /// - Throws: `GitStoreError` if they cannot be read.
  package func extend(to head: String) async throws -> [Entry] {
    if entries.last?.commit.id == head { return entries.reversed() }
    let history = try await repository.history(head, limit: entries.isEmpty ? Self.first : Self.maxCount)
    let known = Set(entries.map(\.commit.id))
    let news = history.prefix { !known.contains($0.id) }
    // If none of the known commits is an ancestor, the branch was replaced.
    if news.count == history.count { entries = [] }
    for commit in news.reversed() {
      // A commit from before trees were checked may have an unreadable one, which counts as a change of the platform.
      let own = try? await parts(of: commit.id)
      let before: Parts?
      if let parent = commit.parents.first { before = try? await parts(of: parent) } else { before = nil }
      entries.append(
        Entry(
          commit: commit, place: (entries.last?.place ?? -1) + 1,
          organizations: own.map { Self.differences($0.organizations, before?.organizations ?? [:]) } ?? [],
          touchesPlatform: own.map { !Self.differences($0.platform, before?.platform ?? [:]).isEmpty } ?? true))
    }
    entries = entries.suffix(Self.maxCount)
    // Only the newest commit's parts are compared again.
    parts = parts.filter { $0.key == head }
    return entries.reversed()
  }

  private func parts(of commit: String) async throws -> Parts {
    if let known = parts[commit] { return known }
    let tree = RepositoryTree(try await repository.tree(at: commit))
    let made = Parts(
      organizations: Dictionary(tree.organizations.map { ($0.name, $0.identity) }) { first, _ in first },
      platform: Dictionary(tree.root.map { ($0.path, $0.identity) }) { first, _ in first })
    parts[commit] = made
    return made
  }

  private static func differences(_ now: [String: ContentIdentity?], _ before: [String: ContentIdentity?]) -> Set<
    String
  > {
    let names = Set(now.keys).union(before.keys)
    return names.filter { name in
      guard let own = now[name], let old = before[name], let own, let old else { return true }
      return own != old
    }
  }
}
