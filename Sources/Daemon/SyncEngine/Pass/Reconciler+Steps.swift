import AuditLog
import ConfigCompiler
import GitStore
import DeploymentPlanning
import ProcessSupport

/// Steps 6 and 7, apply and prune: one organization's objects one after another, organizations side by side.
extension Reconciler {
  /// Runs `body` for each organization that has steps, up to `Options.parallelism` at the same time, and adds what came of
  /// it to the summary.
  ///
  /// One organization's failure never stops another's steps. An organization without its namespace gets no identity.
  ///
  /// - Throws: `AuditError` if an outcome cannot be recorded, or `CancellationError`.
  package func forEachOrganization(
    of pass: inout RegionPass, _ body: @escaping @Sendable (inout OrganizationSteps) async throws -> Void
  ) async throws {
    guard let generation = pass.generation else { return }
    let queues = Self.queues(of: pass.plan, generation, pass.commit)
    let done = try await queues.concurrentResults(atMost: options.parallelism) { queue in
      var organization = queue
      try await body(&organization)
      return organization
    }
    for organization in done {
      pass.summary.created += organization.counts[.create] ?? 0
      pass.summary.updated += organization.counts[.update] ?? 0
      pass.summary.deleted += organization.counts[.delete] ?? 0
      pass.summary.failed += organization.failed
      if let reason = organization.firstFailure {
        let others = organization.failed - 1
        pass.summary.failures[organization.org] = reason + (others == 0 ? "" : "; and \(others) more")
      }
      if organization.lacksNamespace { pass.identities[organization.org] = nil }
    }
    let deleted = done.reduce(into: Set<ObjectID>()) { $0.formUnion($1.deleted) }
    retainGrants { !deleted.contains($0.id) }
  }

  private static func queues(of plan: SyncPlan, _ generation: Int, _ commit: CommitInfo) -> [OrganizationSteps] {
    var queues: [OrganizationSteps] = []
    var positions: [String: Int] = [:]
    for step in plan.steps {
      if let position = positions[step.org] {
        queues[position].steps.append(step)
      } else {
        positions[step.org] = queues.count
        queues.append(OrganizationSteps(org: step.org, steps: [step], generation: generation, commit: commit))
      }
    }
    return queues
  }

  /// Step 6: creates and updates an organization's objects, keys first.
  ///
  /// - Throws: `AuditError` if an outcome cannot be recorded, or `CancellationError`.
  package nonisolated func apply(_ organization: inout OrganizationSteps) async throws {
    try await perform(&organization) { $0.action != .delete }
  }

  /// Step 7: deletes what an organization no longer declares, dependents first.
  ///
  /// - Throws: `AuditError` if an outcome cannot be recorded, or `CancellationError`.
  package nonisolated func prune(_ organization: inout OrganizationSteps) async throws {
    try await perform(&organization) { $0.action == .delete }
  }

  private nonisolated func perform(
    _ organization: inout OrganizationSteps, _ isIncluded: (SyncPlan.Step) -> Bool
  ) async throws {
    let steps = organization.steps.filter(isIncluded)
    for (index, step) in steps.enumerated() {
      guard !organization.isStopped else {
        organization.failed += steps.count - index
        return
      }
      // SIGTERM: the object under way was finished; the rest is for the next process.
      try Task.checkCancellation()
      faultHook(.beforeStep)
      do throws(TargetError) {
        var applied: ApplyOutcome?
        if let object = step.object {
          applied = try await target.apply(object)
        } else if let live = step.live {
          try await target.delete(live, in: region)
          organization.deleted.insert(step.id)
        }
        faultHook(.afterStep)
        onEvent(.stepDone(region: region, step, applied))
        organization.counts[step.action, default: 0] += 1
      } catch {
        // After a cancellation it is unknown whether the step was done; the next process checks.
        try Task.checkCancellation()
        onEvent(.stepFailed(region: region, step, error))
        organization.failed += 1
        if organization.firstFailure == nil { organization.firstFailure = error.description }
        try await recordStep(
          step.action, step.id, step.org, step.before, step.after, error, organization.generation, organization.commit)
        let isNamespace = step.id.kind == "Namespace"
        if isNamespace && step.object != nil { organization.lacksNamespace = true }
        // Whatever needs the namespace or the same server would fail the same way.
        organization.isStopped = isNamespace || error.kind == .unavailable
        continue
      }
      // What was applied comes into force also if it cannot be recorded now: a revoked key must not wait for the log.
      await enforce(step, organization.generation, organization.commit)
      try await recordStep(
        step.action, step.id, step.org, step.before, step.after, nil, organization.generation, organization.commit)
      faultHook(.afterStepRecorded)
    }
  }
}
