package import ConfigCompiler
package import ConfigModel
package import GitStore
package import SyncEngine

// A pass on one page: nine steps, in the order of "What a pass does" in docs/operations.md.

extension SyncService {
  /// Steps 1 to 3, once for the newest commit of the repository: it comes into force, or what was in force stays.
  ///
  /// The commit is verified once, before anything of it is used.
  ///
  /// - Throws: The reason why the commit does not come into force, unless an earlier pass has reported it.
  func advance() async throws {
    guard let fetched = try await fetch() else { return }
    let verified = try await verify(fetched)
    try await compile(verified)
  }
}

extension Reconciler {
  /// Steps 4 to 9, once for each region: brings it to what a commit in force declares.
  ///
  /// - Parameters:
  ///   - today: the day on which keys must be active; the compilation's own day if it is nil.
  ///   - signer: the user who signed the commit, if a signature was required.
  ///   - health: starts the wait for the relays of a generation, and does not wait itself: the next commit is not delayed.
  /// - Returns: What was done, what failed, and what waits for approval.
  /// - Throws: `AuditError` or `TargetError` if nothing could be done at all, `Renderer.Failure` if the platform cannot
  ///   be rendered, or what the state store throws. The next pass goes on where this one stopped.
  package func reconcile(
    _ commit: CommitInfo, _ compilation: Compilation, on today: CivilDate? = nil, signer: String? = nil,
    health: @Sendable (_ generation: Int?) async -> Void = { _ in }
  ) async throws -> PassSummary {
    var pass = try await plan(commit, compilation, on: today, signer: signer)
    try await recordIntent(&pass)
    try await forEachOrganization(of: &pass) { organization in
      try await self.apply(&organization)
      try await self.prune(&organization)
    }
    await health(pass.generation)
    return try await recordOutcome(&pass)
  }
}

extension SyncService {
  /// A pass over the repository and all regions.
  ///
  /// If the newest commit cannot be fetched or does not count, the commit in force is reconciled all the same: drift is
  /// corrected and expired keys leave. One region's failure never stops another region. The first pass of a day is for keys
  /// that expired: it does not fetch, and the next pass begins right after it.
  ///
  /// - Parameter lookingForDrift: whether all objects are checked for changes from outside, not only suspects.
  /// - Throws: `CancellationError`.
  package func pass(lookingForDrift: Bool = false) async throws -> PassOutcome {
    condition.passes += 1
    var problems: [String] = []
    var cause: (any Error)?
    do {
      pulse.begin("looking up its state and the audit log", within: options.passTimeout)
      try await compareLog()
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      return PassOutcome(problem: Refused(description: "\(error)", cause: error))
    }
    // Keys that expired leave before anything else: the repository may take long to answer.
    let isNewDay = reconciledDay.map { $0 != today } ?? false
    if isNewDay, inForce != nil {
      wake()
    } else {
      do {
        try await advance()
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        problems.append("\(error)")
        if !(error is CommitAcceptance.Refusal) { cause = error }
        // If the commit that was in force cannot be had either, the first reason is the one to act on.
        try? await restore()
      }
    }
    guard let current = inForce else { return PassOutcome(problem: Refused(problems, cause: cause)) }
    let isIdle =
      current.commit.id == applied && !lookingForDrift && suspects.isEmpty && !condition.isAnythingHeld && !isNewDay
    if !isIdle { problems += try await reconcileRegions(current, lookingForDrift: lookingForDrift) }
    return PassOutcome(applied: applied, problem: Refused(problems, cause: cause))
  }
}
