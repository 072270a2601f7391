/// A commit's time, corrected so that it grows along history.
package struct CorrectedTime: Sendable, Equatable {
  /// Milliseconds since 1970: more than those of all ancestors.
  package let milliseconds: Int64
  /// Whether the clone lacks ancestors, which may have later times.
  package let lacksAncestors: Bool
}

extension GitRepository {
  /// Returns the commit's own time, or a millisecond more than the latest corrected time of its parents if that is later.
  ///
  /// Git has the same in seconds, as the corrected commit date (gitformat-commit-graph(5)). It depends on the commit alone.
  ///
  /// - Complexity: O(*n*) in the number of ancestors.
  /// - Throws: `GitStoreError` if a commit cannot be read.
  package func correctedTime(of revision: String) throws -> CorrectedTime {
    let newest = try Ancestor(commit(revision))
    var lacksAncestors = false
    var corrected: [String: Int64] = [:]
    var visited: Set<String> = []
    var path = [newest]
    while let last = path.last {
      if corrected[last.id] == nil, visited.insert(last.id).inserted {
        for parent in last.parents where corrected[parent] == nil {
          do {
            path.append(Ancestor(try commit(parent)))
          } catch {
            guard format.isShallow else { throw error }
            lacksAncestors = true
          }
        }
      } else {
        // The parents were above.
        let latest = last.parents.compactMap { corrected[$0] }.max() ?? 0
        if corrected[last.id] == nil { corrected[last.id] = max(last.milliseconds, latest == .max ? .max : latest + 1) }
        path.removeLast()
      }
    }
    return CorrectedTime(
      milliseconds: corrected[newest.id] ?? newest.milliseconds, lacksAncestors: lacksAncestors)
  }

  /// What matters of a commit.
  private struct Ancestor {
    let id: String
    let milliseconds: Int64
    let parents: [String]

    init(_ commit: CommitInfo) {
      id = commit.id
      let time = max(commit.committer.time, 0).multipliedReportingOverflow(by: 1_000)
      milliseconds = time.overflow ? .max : time.partialValue
      parents = commit.parents
    }
  }
}
