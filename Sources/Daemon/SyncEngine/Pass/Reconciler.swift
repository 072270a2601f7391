package import AuditLog
package import ConfigCompiler
package import ConfigModel
package import GitStore
package import KeyBundles
package import DeploymentPlanning

/// Brings one region to what a commit declares: steps 4 to 9 of a pass.
///
/// One organization's failure never stops another's; without a record of the intent, nothing is touched; a crash at any
/// place ends, after the next pass, in the same state with one intent and one outcome for each generation.
package actor Reconciler {
  package struct Options: Sendable {
    package var render: Renderer.Options
    /// Organizations that are applied at the same time.
    package var parallelism = 8
    /// Opens organizations' identities; nil where none is configured.
    package var platformIdentities: [AgeIdentity]
    /// Reads them again before every pass, so that they can be replaced while the daemon runs; nil keeps the ones above.
    package var followPlatformIdentities: (@Sendable () -> [AgeIdentity]?)?
    /// Whether the audit log goes along with the state, so that one without the records that the state remembers went back.
    package var remembersAuditLog = true

    package init(render: Renderer.Options, platformIdentities: [AgeIdentity]) {
      self.render = render
      self.platformIdentities = platformIdentities
    }
  }

  package nonisolated let region: String
  let target: any Target
  let audit: any AuditStore
  private let states: any StateStore
  let options: Options
  /// Compiles a commit of the repository as it was judged at a moment, in seconds since 1970.
  let compilation: @Sendable (String, Int64?) async throws -> Compilation
  let now: @Sendable () -> Int64
  let reach: @Sendable (FaultPoint) -> Void
  let observe: @Sendable (SyncEvent) -> Void
  var rendered: RenderCache
  var state = SyncState()
  private var isLoaded = false
  /// The user who signed the commit under way.
  var signer: String?
  /// What the last pass declared, by organization: drift is corrected towards it.
  private var declared: [String: Planner.Declaration] = [:]
  /// What the last pass applied: nobody can have changed it yet.
  private var fresh: Set<ObjectID> = []
  /// What opens organizations' identities.
  var platformIdentities: [AgeIdentity]
  /// What was provided to each organization's relays.
  var providedIdentities: [String: String] = [:]
  /// What the organizations' sealed identities came to.
  var unsealed: [String: UnsealedIdentity] = [:]
  /// Compilations of commits at which organizations are kept.
  var lastGood: [SyncState.LastGood: Compilation] = [:]

  /// - Parameters:
  ///   - compilation: compiles a commit as it was judged at a moment, in seconds since 1970; nil for the commit's own date.
  ///   - now: milliseconds since 1970.
  ///   - reach: called at every fault point.
  ///   - observe: called with everything that happens.
  package init(
    region: String, target: any Target, audit: any AuditStore, states: any StateStore, options: Options,
    compilation: @escaping @Sendable (String, Int64?) async throws -> Compilation,
    now: @escaping @Sendable () -> Int64, reach: @escaping @Sendable (FaultPoint) -> Void = { _ in },
    observe: @escaping @Sendable (SyncEvent) -> Void = { _ in }
  ) {
    self.region = region
    self.target = target
    self.audit = audit
    self.states = states
    self.options = options
    platformIdentities = options.platformIdentities
    self.compilation = compilation
    self.now = now
    self.reach = reach
    self.observe = observe
    rendered = RenderCache(region: region, options: options.render)
  }

  /// What is remembered of the region.
  package func current() async throws -> SyncState {
    if !isLoaded {
      state = try await states.load(region) ?? SyncState(epoch: String(UInt32.random(in: 0...UInt32.max), radix: 16))
      // A log that went back while no daemon ran is noticed before anything is appended to it.
      if let head = state.auditHead, options.remembersAuditLog { try await audit.expect(head) }
      isLoaded = true
    }
    return state
  }

  func save() async throws {
    do {
      try await states.save(state, region)
    } catch {
      // What is kept counts, whoever kept it.
      isLoaded = false
      throw error
    }
  }

  /// Applies a commit.
  ///
  /// - Parameters:
  ///   - today: the day on which keys must be active; the compilation's own if it is nil.
  ///   - signer: the user who signed it, if that was asked for.
  /// - Throws: `AuditError` or `TargetError` if nothing could be done at all, or `Renderer.Failure` if the platform
  ///   cannot be rendered. The next pass goes on where this one stopped.
  package func reconcile(
    _ commit: CommitInfo, _ compilation: Compilation, on today: CivilDate? = nil, signer: String? = nil
  ) async throws -> PassSummary {
    self.signer = signer
    let start = now()
    followPlatformIdentities()
    _ = try await current()
    observe(.started(region: region, commit: commit.id))
    var summary = PassSummary(commit: commit.id)
    let live = try await target.inventory(of: region)
    let declaration = try await declarations(commit, compilation, on: today ?? compilation.now.day, live)
    declared = declaration.organizations
    summary.failures = declaration.failures
    var plan = try await plan(compilation, live, commit)
    plan = try await withdrawKeys(plan, compilation, on: today ?? compilation.now.day, commit, &summary)
    plan = try await waitForPorts(plan, compilation, declaration.leaving, commit, &summary)
    fresh = Set(plan.steps.map(\.id))
    summary.unchanged = plan.unchanged
    summary.held = plan.heldSteps.count
    summary.holds = plan.holds
    state.held = SyncState.Held(plan)
    summary.heldChanges = state.held?.changes ?? [:]
    summary.isEmptied = declared.isEmpty && live.isEmpty
    summary.heldDigest = plan.digest
    var identities = declaration.identities
    if !plan.steps.isEmpty || state.pending != nil {
      try await target.prepare(region)
      let generation = try await begin(plan, commit)
      summary.generation = generation
      try await spendApproval()
      for org in try await apply(plan, generation, commit, &summary) { identities[org] = nil }
      try await recordRest(plan, live, generation, commit)
      try await finish(generation, commit, summary)
    }
    try await provideIdentities(identities, commit, &summary)
    keep(declaration, plan)
    summary.lastGood = state.lastGood.mapValues(\.commit)
    state.failures = summary.failures
    state.applied = commit.id
    state.appliedAt = now()
    try await save()
    reach(.afterStateSaved)
    summary.seconds = Double(now() - start) / 1_000
    observe(.finished(region: region, summary))
    return summary
  }

  private func followPlatformIdentities() {
    guard let newest = options.followPlatformIdentities?(),
      newest.map(\.recipient.text) != platformIdentities.map(\.recipient.text)
    else { return }
    platformIdentities = newest
    // What the old ones could not open, the new ones may.
    unsealed = [:]
  }

  /// Follows what others do to the region's objects, until the task is cancelled.
  package nonisolated func watch(suspect: @escaping @Sendable (ObjectID) async -> Void) async {
    await target.watch(region, suspect: suspect)
  }

  // MARK: - Plan

  private func plan(_ compilation: Compilation, _ live: [LiveObject], _ commit: CommitInfo) async throws -> SyncPlan {
    let approvals = try await states.approvals(region)
    let plan = try Planner.plan(
      declared, live: live, in: region,
      policy: compilation.platform.platform?.spec.policy.maxDeletions ?? MaxDeletions(),
      approvals: Set(approvals.keys), granted: Set(state.granted?.deletions ?? []),
      renewed: state.renewed)
    observe(.planned(region: region, plan))
    try await tellHolds(plan, commit)
    try await tellApproval(plan, by: approvals[plan.digest], commit)
    // What is declared again needs another approval before it is deleted.
    let planned = Set((plan.steps + plan.heldSteps).filter { $0.action == .delete }.map(SyncPlan.GrantedDeletion.init))
    keepGrants { planned.contains($0) }
    if !plan.granted.isEmpty {
      // An approval is good for once: it is spent with the intent, and what it allowed is remembered until it is done.
      let open = state.granted?.deletions ?? []
      state.granted = SyncState.Granted(digest: plan.digest, deletions: open + plan.granted)
    }
    return plan
  }

  /// Takes away the approval of the deletions that were begun. A crash before this is made up for by the next pass.
  private func spendApproval() async throws {
    guard let granted = state.granted else { return }
    try await states.spend(approval: granted.digest, region)
  }

  /// Remembers at which state organizations stay that are kept or held.
  private func keep(_ declaration: Declarations, _ plan: SyncPlan) {
    for hold in plan.holds { remember(hold.org) }
    for org in state.lastGood.keys
    where !declaration.kept.contains(org) && !plan.holds.contains(where: { $0.org == org }) {
      state.lastGood[org] = nil
    }
    lastGood = lastGood.filter { good, _ in state.lastGood.values.contains(good) }
  }

  /// Keeps the approved deletions that are still to be done, and forgets the others.
  func keepGrants(_ isOpen: (SyncPlan.GrantedDeletion) -> Bool) {
    guard var granted = state.granted else { return }
    granted.deletions.removeAll { !isOpen($0) }
    state.granted = granted.deletions.isEmpty ? nil : granted
  }

  // MARK: - Drift

  /// Reverts changes that were made outside wpex to what the last pass applied, and records each.
  ///
  /// - Parameter suspects: the objects to look at; nil for all.
  package func correctDrift(_ commit: CommitInfo, among suspects: Set<ObjectID>? = nil) async throws -> DriftReport {
    let objects = declared.sorted { $0.key < $1.key }.flatMap(\.value.objects).filter { object in
      let id = ObjectID(object.manifest)
      return suspects.map { $0.contains(id) } ?? !fresh.contains(id)
    }
    let report = try await target.correctDrift(in: region, declared: objects)
    for correction in report.corrections {
      observe(.driftCorrected(region: region, correction))
      var entry = entry(.driftCorrected, commit)
      entry.org = correction.org
      entry.kind = correction.id.kind
      entry.name = correction.id.name
      entry.detail = correction.detail
      // The author of the applied commit has nothing to do with it.
      entry.actor = AuditActor(user: "wpex")
      try await append([AuditAppend(key: "drift/\(region)/\(entry.time)/\(correction.id)", entry)])
    }
    return report
  }

  // MARK: - Health

  /// Waits until every relay of the region is what a generation declares, and records whether that came to be.
  ///
  /// - Parameter seconds: the longest wait. A newer generation's wait takes this one's place, by cancelling its task.
  package nonisolated func awaitHealth(_ generation: Int, _ commit: CommitInfo, for seconds: Double) async throws {
    let begin = ContinuousClock.now
    var unsettled: [RelayCondition] = []
    repeat {
      let relays = try await target.health(of: region)
      guard !relays.isEmpty else { return }
      unsettled = relays.filter { !$0.isSettled }
      if unsettled.isEmpty { break }
      try await Task.sleep(for: .milliseconds(500))
    } while ContinuousClock.now - begin < .seconds(seconds)
    try await recordHealth(generation, commit, unsettled)
  }
}
