package import AuditLog
package import ConfigCompiler
package import ConfigModel
package import GitStore
package import KeyBundles
package import DeploymentPlanning

/// Steps 4 to 9 of a pass: brings one region to what a commit declares. `reconcile` in SyncService/Pass.swift calls them in
/// their order.
///
/// One organization's failure never stops another organization. Nothing is changed without a record of the intent. After a
/// crash at any place, the next pass reaches the same state, with one intent and one outcome for each generation.
package actor Reconciler {
  /// Settings of a reconciler.
  package struct Options: Sendable {
    /// Settings of the renderer.
    package var render: Renderer.Options
    /// The number of organizations that are applied at the same time.
    package var parallelism = 8
    /// The platform's identities, which open those of organizations; empty if none is configured.
    package var platformIdentities: [AgeIdentity]
    /// Reads `platformIdentities` again before every pass, so that they can be replaced while the daemon runs. If this is
    /// nil, or returns nil, they stay as they are.
    package var followPlatformIdentities: (@Sendable () -> [AgeIdentity]?)?
    /// Reads the keys that sign declarations, besides those of the platform's identities. Called before every pass.
    package var signingKeys: @Sendable () -> [SigningKey] = { [] }
    /// Whether the audit log is kept together with the state, so that a log without the records that the state remembers has
    /// been reset.
    package var remembersAuditLog = true

    package init(render: Renderer.Options, platformIdentities: [AgeIdentity]) {
      self.render = render
      self.platformIdentities = platformIdentities
    }
  }

  /// The region's name.
  package nonisolated let region: String
  let target: any Target
  let audit: any AuditStore
  private let states: any StateStore
  let options: Options
  /// Compiles a commit as of a time in seconds since 1970; of the commit's own date if that is nil.
  let compilation: @Sendable (String, Int64?) async throws -> Compilation
  let now: @Sendable () -> Int64
  let faultHook: @Sendable (FaultPoint) -> Void
  let onEvent: @Sendable (SyncEvent) -> Void
  /// Brings what was applied into force.
  nonisolated let enforcement: Enforcement
  var rendered: RenderCache
  var state = SyncState()
  private var isLoaded = false
  private var saving: Task<Void, any Error>?
  /// The user who signed the commit under way.
  var signer: String?
  /// The declarations of the last pass by organization, to which drift is corrected.
  private var declared: [String: Planner.Declaration] = [:]
  /// The objects that the last pass changed, which cannot have drifted yet.
  private var fresh: Set<ObjectID> = []
  /// The generation whose outcome was recorded last by this process.
  var recordedGeneration: Int?
  /// The platform's identities in use.
  var platformIdentities: [AgeIdentity]
  /// The keys that sign declarations.
  var signingKeys: [SigningKey] = []
  /// The identities of the last pass, by organization.
  var identities: [String: OrganizationSecret] = [:]
  /// The identity that each organization's relays were given, as namespace and recipient.
  var providedIdentities: [String: String] = [:]
  /// The opened identities by organization.
  var unsealed: [String: UnsealedIdentity] = [:]
  /// Compilations of the commits at which organizations are pinned.
  var lastGood: [SyncState.LastGood: Compilation] = [:]

  /// - Parameters:
  ///   - compilation: compiles a commit as of a time in seconds since 1970, or of the commit's own date if that is nil.
  ///   - now: returns milliseconds since 1970.
  ///   - faultHook: called at every fault point.
  ///   - onEvent: called with everything that happens.
  package init(
    region: String, target: any Target, audit: any AuditStore, states: any StateStore, options: Options,
    compilation: @escaping @Sendable (String, Int64?) async throws -> Compilation,
    now: @escaping @Sendable () -> Int64, faultHook: @escaping @Sendable (FaultPoint) -> Void = { _ in },
    onEvent: @escaping @Sendable (SyncEvent) -> Void = { _ in }
  ) {
    self.region = region
    self.target = target
    self.audit = audit
    self.states = states
    self.options = options
    platformIdentities = options.platformIdentities
    self.compilation = compilation
    self.now = now
    self.faultHook = faultHook
    self.onEvent = onEvent
    enforcement = Enforcement(region: region, target: target, now: now)
    rendered = RenderCache(region: region, options: options.render)
  }

  /// Returns the region's state, loaded if this is the first use.
  ///
  /// - Throws: `AuditError(.changed)` if the audit log lacks a record that the state remembers, or what the state store
  ///   throws.
  package func current() async throws -> SyncState {
    if !isLoaded {
      state = try await states.load(region) ?? SyncState(epoch: String(UInt32.random(in: 0...UInt32.max), radix: 16))
      // A log that was reset while no daemon ran must be noticed before anything is appended to it.
      if let head = state.auditHead, options.remembersAuditLog { try await audit.expect(head) }
      await target.forgetWrites(in: region)
      isLoaded = true
    }
    return state
  }

  /// Saves the state. Saves follow one another: what comes into force is saved beside the passes.
  func save() async throws {
    let task = Task { [states, state, region, saving] in
      _ = await saving?.result
      try await states.save(state, region)
    }
    saving = task
    do {
      try await withTaskCancellationHandler {
        try await task.value
      } onCancel: {
        task.cancel()
      }
    } catch {
      // The stored state counts, even if another daemon saved it.
      isLoaded = false
      throw error
    }
  }

  // MARK: - Owner of the target

  /// Claims the target for this region.
  ///
  /// - Throws: `TargetError` if it belongs to another region or cannot be asked, or what the state store throws.
  package func claim(_ claim: RegionClaim) async throws {
    // The state comes first: with it, what another daemon may have changed since is forgotten.
    _ = try await current()
    try await target.claim(claim)
  }

  /// Gives the target up.
  ///
  /// - Throws: `TargetError` if it cannot be asked.
  package func release() async throws(TargetError) { try await target.release(region) }

  // MARK: - Plan

  /// Step 4: compares what a commit declares with what the target holds, and decides what is done now and what waits for
  /// approval.
  ///
  /// - Parameters:
  ///   - today: the day on which keys must be active; the compilation's own day if it is nil.
  ///   - signer: the user who signed the commit, if a signature was required.
  /// - Throws: `AuditError` or `TargetError` if nothing could be done at all, or `Renderer.Failure` if the platform
  ///   cannot be rendered.
  package func plan(
    _ commit: CommitInfo, _ compilation: Compilation, on today: CivilDate? = nil, signer: String? = nil
  ) async throws -> RegionPass {
    self.signer = signer
    let start = now()
    let today = today ?? compilation.now.day
    followPlatformIdentities()
    _ = try await current()
    onEvent(.started(region: region, commit: commit.id))
    var summary = PassSummary(commit: commit.id)
    let live = try await target.inventory(of: region)
    let declarations = try await declarations(commit, compilation, on: today, live)
    declared = declarations.organizations
    summary.failures = declarations.failures
    var plan = try await compare(compilation, live, commit)
    plan = try await withdrawKeys(plan, compilation, on: today, commit, &summary)
    plan = try await waitForPorts(plan, compilation, declarations.leaving, commit, &summary)
    fresh = Set(plan.steps.map(\.id))
    summary.unchanged = plan.unchanged
    summary.held = plan.heldSteps.count
    summary.holds = plan.holds
    state.held = SyncState.Held(plan)
    summary.heldChanges = state.held?.changes ?? [:]
    summary.isEmptied = declared.isEmpty && live.isEmpty
    summary.heldDigest = plan.digest
    return RegionPass(
      commit: commit, start: start, live: live, declarations: declarations, plan: plan, summary: summary,
      identities: declarations.identities)
  }

  private func followPlatformIdentities() {
    defer { signingKeys = options.signingKeys() + platformIdentities.compactMap { try? $0.declarationKey() } }
    guard let newest = options.followPlatformIdentities?(),
      newest.map(\.recipient.text) != platformIdentities.map(\.recipient.text)
    else { return }
    platformIdentities = newest
    // The new ones may open what the old ones could not.
    unsealed = [:]
  }

  private func compare(_ compilation: Compilation, _ live: [LiveObject], _ commit: CommitInfo) async throws -> SyncPlan
  {
    let approvals = try await states.approvals(region)
    let plan = try Planner.plan(
      declared, live: live, in: region,
      policy: compilation.platform.platform?.spec.policy.maxDeletions ?? MaxDeletions(),
      approvals: Set(approvals.keys), granted: Set(state.granted?.deletions ?? []),
      renewed: state.renewed)
    onEvent(.planned(region: region, plan))
    try await recordHolds(plan, commit)
    try await recordApproval(plan, by: approvals[plan.digest], commit)
    // An object that is declared again needs another approval before it is deleted.
    let planned = Set((plan.steps + plan.heldSteps).filter { $0.action == .delete }.map(SyncPlan.GrantedDeletion.init))
    retainGrants { planned.contains($0) }
    if !plan.granted.isEmpty {
      // The approval is used up with the intent; the deletions that it allowed are remembered until they are done.
      let open = state.granted?.deletions ?? []
      state.granted = SyncState.Granted(digest: plan.digest, deletions: open + plan.granted)
    }
    return plan
  }

  /// Uses up the approval of the deletions that were begun. After a crash before this, the next pass does it.
  func consumeApproval() async throws {
    guard let granted = state.granted else { return }
    try await states.consume(approval: granted.digest, region)
  }

  /// Updates the states at which pinned and held organizations stay.
  func updateLastGood(_ declaration: Declarations, _ plan: SyncPlan) {
    for hold in plan.holds { remember(hold.org) }
    for org in state.lastGood.keys
    where !declaration.pinned.contains(org) && !plan.holds.contains(where: { $0.org == org }) {
      state.lastGood[org] = nil
    }
    lastGood = lastGood.filter { good, _ in state.lastGood.values.contains(good) }
  }

  /// Forgets approved deletions that are done or no longer planned.
  func retainGrants(_ isOpen: (SyncPlan.GrantedDeletion) -> Bool) {
    guard var granted = state.granted else { return }
    granted.deletions.removeAll { !isOpen($0) }
    state.granted = granted.deletions.isEmpty ? nil : granted
  }

  // MARK: - Drift

  /// Watches the region's objects until the task is cancelled.
  ///
  /// - Parameter suspect: called with each object that may have been changed outside wpex.
  package nonisolated func watch(suspect: @escaping @Sendable (ObjectID) async -> Void) async {
    await target.watch(region, suspect: suspect)
  }

  /// Reverts changes that were made outside wpex to what the last pass applied, and records each.
  ///
  /// - Parameter suspects: the objects to check; nil for all.
  /// - Throws: `TargetError` if the target cannot be reached, or `AuditError`.
  package func correctDrift(_ commit: CommitInfo, among suspects: Set<ObjectID>? = nil) async throws -> DriftReport {
    let objects = declared.sorted { $0.key < $1.key }.flatMap(\.value.objects).filter { object in
      let id = ObjectID(object.manifest)
      return suspects.map { $0.contains(id) } ?? !fresh.contains(id)
    }
    var report = try await target.correctDrift(in: region, declared: objects)
    if suspects == nil { await correctIdentities(&report) }
    for correction in report.corrections {
      await enforce(correction, commit)
      onEvent(.driftCorrected(region: region, correction))
      var entry = entry(.driftCorrected, commit)
      entry.org = correction.org
      entry.kind = correction.id.kind
      entry.name = correction.id.name
      entry.detail = correction.detail
      // The author of the applied commit did not cause the drift.
      entry.actor = AuditActor(user: "wpex")
      try await append([AuditAppend(key: "drift/\(region)/\(entry.time)/\(correction.id)", entry)])
    }
    return report
  }

  /// Puts back identities that were changed outside wpex since they were handed over.
  private func correctIdentities(_ report: inout DriftReport) async {
    for (org, identity) in identities.sorted(by: { $0.key < $1.key }) where isProvided(identity) {
      do throws(TargetError) {
        if let correction = try await target.correctDrift(of: identity, in: region) {
          report.corrections.append(correction)
        }
      } catch {
        let id = ObjectID(
          apiVersion: "v1", kind: "Secret", namespace: identity.namespace, name: ObjectNames.identity)
        report.failures.append(DriftFailure(id: id, org: org, reason: error))
      }
    }
  }

  // MARK: - Health

  /// Step 8: waits until every relay of the region is what a generation declares, and records whether that came to be.
  ///
  /// Begins once the outcome of the generation is recorded, which it follows in the log. A newer generation's wait replaces
  /// this one by cancelling its task.
  ///
  /// - Parameter seconds: the longest wait.
  /// - Throws: `TargetError` if the target cannot be asked, `AuditError`, or `CancellationError`. Nothing is recorded.
  package nonisolated func awaitHealth(_ generation: Int, _ commit: CommitInfo, for seconds: Double) async throws {
    var begin = ContinuousClock.now
    while await recordedGeneration != generation {
      guard ContinuousClock.now - begin < .seconds(seconds) else { return }
      try await Task.sleep(for: .milliseconds(50))
    }
    begin = .now
    var unsettled: [RelayCondition] = []
    repeat {
      let relays = try await target.health(of: region)
      guard !relays.isEmpty else { return }
      unsettled = relays.filter { !$0.isSettled }
      // What is not in force by then has an alert of its own.
      let isAwaited = await enforcement.isAwaited && ContinuousClock.now - begin < .milliseconds(RelayInForce.patience)
      if unsettled.isEmpty, !isAwaited { break }
      try await Task.sleep(for: .milliseconds(500))
    } while ContinuousClock.now - begin < .seconds(seconds)
    try await recordHealth(generation, commit, unsettled)
  }
}
