extension SyncService.Condition {
  /// Returns the conditions of one daemon's services, one for each cluster, as one.
  ///
  /// - Parameter parts: the conditions, by the name of the cluster.
  package static func merged(_ parts: [String: Self]) -> Self {
    let sorted = parts.sorted { $0.key < $1.key }
    // What a service without a problem knows is newest: all follow the same branch.
    guard var merged = (sorted.first { $0.value.problem == nil && $0.value.head != nil } ?? sorted.first)?.value else {
      return Self()
    }
    guard sorted.count > 1 else { return merged }
    merged.problem = problem(of: sorted.map { ($0.key, $0.value.problem) })
    for (_, part) in sorted {
      merged.head = merged.head ?? part.head
      merged.notices.merge(part.notices) { first, _ in first }
      merged.failures = max(merged.failures, part.failures)
      merged.passes = max(merged.passes, part.passes)
      merged.summaries.merge(part.summaries) { first, _ in first }
      if merged.organizations.isEmpty { merged.organizations = part.organizations }
    }
    merged.drifted = sorted.map(\.value.drifted).reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
    return merged
  }

  /// One text for the problems of several clusters; what all of them have, such as a Git server that does not answer, once.
  private static func problem(of parts: [(cluster: String, problem: String?)]) -> String? {
    let problems = parts.compactMap(\.problem)
    guard let first = problems.first else { return nil }
    if problems.count == parts.count, problems.allSatisfy({ $0 == first }) { return first }
    return parts.compactMap { part in part.problem.map { "cluster `\(part.cluster)`: \($0)" } }.joined(separator: "; ")
  }
}
