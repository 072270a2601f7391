import AuditLog
import ConfigCompiler
import GitStore
import DeploymentPlanning

/// Apply and prune: an organization's steps in their order, organizations side by side.
extension Reconciler {
  /// What the steps of one organization came to.
  private struct Outcome: Sendable {
    let org: String
    var counts: [SyncPlan.Step.Action: Int] = [:]
    var deleted: Set<ObjectID> = []
    var failed = 0
    /// Why the first step that failed did.
    var firstFailure: String?
    /// Whether it has no namespace of its own to put anything into.
    var lacksNamespace = false
  }

  /// Takes a plan's steps.
  ///
  /// - Returns: The organizations whose namespace could not be had: nothing of theirs may be put there.
  /// - Throws: `AuditError` if an outcome cannot be recorded, or `CancellationError`.
  func apply(
    _ plan: SyncPlan, _ generation: Int, _ commit: CommitInfo, _ summary: inout PassSummary
  ) async throws -> Set<String> {
    var queues: [(org: String, steps: [SyncPlan.Step])] = []
    var positions: [String: Int] = [:]
    for step in plan.steps {
      if let position = positions[step.org] {
        queues[position].steps.append(step)
      } else {
        positions[step.org] = queues.count
        queues.append((step.org, [step]))
      }
    }
    let parallelism = max(1, options.parallelism)
    let outcomes = try await withThrowingTaskGroup(of: Outcome.self) { group in
      var waiting = queues.makeIterator()
      func startNext() {
        guard let queue = waiting.next() else { return }
        group.addTask { try await self.take(queue.steps, of: queue.org, generation, commit) }
      }
      for _ in 0..<parallelism { startNext() }
      var outcomes: [Outcome] = []
      while let outcome = try await group.next() {
        outcomes.append(outcome)
        startNext()
      }
      return outcomes
    }
    for outcome in outcomes {
      summary.created += outcome.counts[.create] ?? 0
      summary.updated += outcome.counts[.update] ?? 0
      summary.deleted += outcome.counts[.delete] ?? 0
      summary.failed += outcome.failed
      if let reason = outcome.firstFailure {
        let others = outcome.failed - 1
        summary.failures[outcome.org] = reason + (others == 0 ? "" : "; and \(others) more")
      }
    }
    let deleted = outcomes.reduce(into: Set<ObjectID>()) { $0.formUnion($1.deleted) }
    keepGrants { !deleted.contains($0.id) }
    return Set(outcomes.filter(\.lacksNamespace).map(\.org))
  }

  /// One organization's steps, one after another.
  private nonisolated func take(
    _ steps: [SyncPlan.Step], of org: String, _ generation: Int, _ commit: CommitInfo
  ) async throws -> Outcome {
    var outcome = Outcome(org: org)
    for (index, step) in steps.enumerated() {
      // SIGTERM: the object under way was finished; the rest is for the next process.
      try Task.checkCancellation()
      reach(.beforeStep)
      do throws(TargetError) {
        var applied: ApplyOutcome?
        if let object = step.object {
          applied = try await target.apply(object)
        } else if let live = step.live {
          try await target.delete(live, in: region)
          outcome.deleted.insert(step.id)
        }
        reach(.afterStep)
        observe(.stepTaken(region: region, step, applied))
        outcome.counts[step.action, default: 0] += 1
      } catch {
        // Broken off, nobody knows whether it was done; the next process looks.
        try Task.checkCancellation()
        observe(.stepFailed(region: region, step, error))
        outcome.failed += 1
        if outcome.firstFailure == nil { outcome.firstFailure = error.description }
        try await record(step.action, step.id, step.org, step.before, step.after, error, generation, commit)
        // What needs it, or needs the same server, would fail the same way.
        outcome.lacksNamespace = outcome.lacksNamespace || step.id.kind == "Namespace" && step.object != nil
        if step.id.kind == "Namespace" || error.kind == .unavailable {
          outcome.failed += steps.count - index - 1
          return outcome
        }
        continue
      }
      try await record(step.action, step.id, step.org, step.before, step.after, nil, generation, commit)
      reach(.afterStepRecorded)
    }
    return outcome
  }
}
