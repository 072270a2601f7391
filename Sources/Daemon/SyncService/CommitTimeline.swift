import ConfigCompiler
package import GitStore

/// The newest commits of the followed branch, along first parents, with what each of them touched.
package actor CommitTimeline {
  /// A commit and the parts of the repository that it changed.
  package struct Entry: Sendable, Equatable {
    package let commit: CommitInfo
    /// Its place in the branch's history, from 0 for the oldest that is known.
    package let place: Int
    package let organizations: Set<String>
    /// Whether it touched what stands outside the organizations' folders.
    package let touchesPlatform: Bool
  }

  /// Commits that are kept, and those that are looked into when the service starts.
  package static let maxCount = 200
  private static let first = 30

  private let repository: GitRepository
  /// Oldest first.
  private var entries: [Entry] = []
  private var parts: [String: Parts] = [:]

  /// What a commit's parts are named by: equal names mean equal contents.
  private struct Parts {
    let organizations: [String: ContentIdentity?]
    let platform: [String: ContentIdentity?]
  }

  package init(_ repository: GitRepository) { self.repository = repository }

  /// Takes a commit and those before it that are not known yet.
  ///
  /// - Returns: All that are known, the newest first.
  /// - Throws: `GitStoreError`.
  package func extend(to head: String) async throws -> [Entry] {
    if entries.last?.commit.id == head { return entries.reversed() }
    let history = try await repository.history(head, limit: entries.isEmpty ? Self.first : Self.maxCount)
    let known = Set(entries.map(\.commit.id))
    let news = history.prefix { !known.contains($0.id) }
    // Where none of the known ones is among its ancestors, the branch was made anew.
    if news.count == history.count { entries = [] }
    for commit in news.reversed() {
      // A commit of before trees were judged may have one that nobody reads: that is the platform's.
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
    // Only the newest one's parts are compared again.
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
