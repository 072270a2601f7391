package import AuditLog
package import ConfigCompiler
import ConfigModel
import Diagnostics
package import GitStore
package import KeyBundles
package import SyncPlanning

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

    package init(render: Renderer.Options, platformIdentities: [AgeIdentity]) {
      self.render = render
      self.platformIdentities = platformIdentities
    }
  }

  package nonisolated let region: String
  private let target: any Target
  let audit: any AuditStore
  private let states: any StateStore
  private let options: Options
  let now: @Sendable () -> Int64
  let reach: @Sendable (FaultPoint) -> Void
  private let observe: @Sendable (SyncEvent) -> Void
  private var rendered: RenderCache
  var state = SyncState()
  private var isLoaded = false
  /// The user who signed the commit under way.
  var signer: String?
  /// What the last pass applied: nobody can have changed it yet.
  private var fresh: Set<ObjectID> = []
  private var providedIdentities: [String: String] = [:]

  /// - Parameters:
  ///   - now: milliseconds since 1970.
  ///   - reach: called at every fault point.
  ///   - observe: told what happens.
  package init(
    region: String, target: any Target, audit: any AuditStore, states: any StateStore, options: Options,
    now: @escaping @Sendable () -> Int64, reach: @escaping @Sendable (FaultPoint) -> Void = { _ in },
    observe: @escaping @Sendable (SyncEvent) -> Void = { _ in }
  ) {
    self.region = region
    self.target = target
    self.audit = audit
    self.states = states
    self.options = options
    self.now = now
    self.reach = reach
    self.observe = observe
    rendered = RenderCache(region: region, options: options.render)
  }

  /// What is remembered of the region.
  package func current() async throws -> SyncState {
    if !isLoaded {
      state = try await states.load(region) ?? SyncState(epoch: String(UInt32.random(in: 0...UInt32.max), radix: 16))
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
  /// - Parameter signer: the user who signed it, where that was asked for.
  /// - Throws: `AuditFailure` or `TargetFailure` where nothing could be done at all, and what the renderer throws. The next
  ///   pass goes on where this one stopped.
  package func reconcile(
    _ commit: CommitInfo, _ compilation: Compilation, signer: String? = nil
  ) async throws -> PassSummary {
    self.signer = signer
    let start = now()
    _ = try await current()
    observe(.started(region: region, commit: commit.id))
    var summary = PassSummary(commit: commit.id)
    let declared = try await declarations(commit, compilation)
    let live = try await target.inventory(of: region)
    let approvals = try await states.approvals(region)
    let plan = try Planner.plan(
      declared, live: live, in: region,
      policy: compilation.platform.platform?.spec.policy.maxDeletions ?? MaxDeletions(),
      approvals: Set(approvals.keys))
    observe(.planned(region: region, plan))
    try await tellHolds(plan, commit)
    try await tellApproval(plan, by: approvals[plan.digest], commit)
    fresh = Set(plan.steps.map(\.id))
    summary.unchanged = plan.unchanged
    summary.held = plan.heldSteps.count
    if !plan.steps.isEmpty || state.pending != nil {
      try await target.prepare(region)
      let generation = try await begin(plan, commit)
      summary.generation = generation
      let outcomes = try await take(plan.steps, generation, commit, compilation)
      for (action, count) in outcomes.counts {
        switch action {
        case .create: summary.created += count
        case .update: summary.updated += count
        case .delete: summary.deleted += count
        }
      }
      summary.failed = outcomes.failed
      try await recordRest(plan, live, generation, commit)
      try await finish(generation, commit, summary)
      // The same deletions, declared and removed once more, need somebody's word once more.
      if !plan.approved.isEmpty, summary.failed == 0 { try await states.spend(approval: plan.digest, region) }
    }
    try await provideIdentities(declared, compilation)
    for org in declared.keys where declared[org] != .kept { state.lastGood[org] = nil }
    state.applied = commit.id
    state.appliedAt = now()
    try await save()
    reach(.afterStateSaved)
    summary.seconds = Double(now() - start) / 1_000
    observe(.finished(region: region, summary))
    return summary
  }

  /// Follows what others do to the region's objects, until the task is cancelled.
  package nonisolated func watch(suspect: @escaping @Sendable (ObjectID) async -> Void) async {
    await target.watch(region, suspect: suspect)
  }

  /// Puts right what others changed, and records it.
  ///
  /// - Parameter suspects: the objects to look at; nil for all.
  package func correctDrift(
    _ commit: CommitInfo, _ compilation: Compilation, among suspects: Set<ObjectID>? = nil
  ) async throws -> [DriftCorrection] {
    var objects = try rendered.objects(for: compilation).sorted { $0.key < $1.key }.flatMap(\.value)
    objects.removeAll { object in
      let id = ObjectID(object.manifest)
      return suspects.map { !$0.contains(id) } ?? fresh.contains(id)
    }
    let corrections = try await target.correctDrift(in: region, declared: objects)
    for correction in corrections {
      observe(.driftCorrected(region: region, correction))
      var entry = entry(.driftCorrected, commit)
      entry.org = correction.org
      entry.kind = correction.id.kind
      entry.name = correction.id.name
      entry.detail = correction.detail
      _ = try await audit.append([AuditAppend(key: "drift/\(region)/\(entry.time)/\(correction.id)", entry)])
    }
    return corrections
  }

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

  private func recordHealth(_ generation: Int, _ commit: CommitInfo, _ unsettled: [RelayCondition]) async throws {
    var entry = entry(unsettled.isEmpty ? .healthReached : .healthMissed, commit)
    entry.generation = generation
    if !unsettled.isEmpty {
      let some = unsettled.prefix(5).map { "\($0.org)/\($0.relay): \($0.detail)" }
      entry.detail = "\(unsettled.count) relays: \(some.joined(separator: "; "))"
    }
    _ = try await audit.append([AuditAppend(key: state.key("health", region, generation), entry)])
  }

  // MARK: - What is declared

  private func declarations(
    _ commit: CommitInfo, _ compilation: Compilation
  ) async throws -> [String: Planner.Declaration] {
    var declared = try rendered.objects(for: compilation).filter { !$0.value.isEmpty }
      .mapValues(Planner.Declaration.objects)
    let faults = compilation.faults
    for unit in compilation.units where faults.contain(unit.name) {
      declared[unit.name] = .kept
      let errors = compilation.diagnostics.count {
        $0.severity == .error && $0.primary.location.path.hasPrefix("orgs/\(unit.name)/")
      }
      observe(.organizationKept(region: region, org: unit.name, errors: errors))
      if state.lastGood[unit.name] == nil { state.lastGood[unit.name] = state.applied ?? "" }
      var entry = entry(.rejectedInvalid, commit)
      entry.org = unit.name
      entry.detail = "\(errors) errors; the organization stays at its last good state"
      try await tell("invalid/\(region)/\(unit.name)/\(commit.id)", entry)
    }
    return declared
  }

  private func tellHolds(_ plan: SyncPlan, _ commit: CommitInfo) async throws {
    for hold in plan.holds {
      observe(.held(region: region, hold, digest: plan.digest))
      var entry = entry(.heldForApproval, commit)
      entry.org = hold.org
      entry.detail = "\(hold.explanation); approve with `wpex sync approve \(plan.digest)`"
      try await tell("held/\(region)/\(hold.org)/\(plan.digest)", entry)
    }
  }

  private func tellApproval(_ plan: SyncPlan, by who: String?, _ commit: CommitInfo) async throws {
    guard let who, !plan.approved.isEmpty else { return }
    for hold in plan.approved {
      var entry = entry(.holdApproved, commit)
      entry.actor.user = who.isEmpty ? nil : who
      entry.org = hold.org
      entry.detail = "\(plan.digest): \(hold.explanation)"
      try await tell("approved/\(region)/\(hold.org)/\(plan.digest)", entry)
    }
  }

  private func tell(_ key: String, _ entry: AuditEntry) async throws {
    guard state.isNews(key) else { return }
    _ = try await audit.append([AuditAppend(key: key, entry)])
  }

  // MARK: - Steps

  private struct Outcomes: Sendable {
    var counts: [SyncPlan.Step.Action: Int] = [:]
    var failed = 0
  }

  private func take(
    _ steps: [SyncPlan.Step], _ generation: Int, _ commit: CommitInfo, _ compilation: Compilation
  ) async throws -> Outcomes {
    var queues: [(org: String, steps: [SyncPlan.Step])] = []
    for step in steps {
      if let index = queues.firstIndex(where: { $0.org == step.org }) {
        queues[index].steps.append(step)
      } else {
        queues.append((step.org, [step]))
      }
    }
    return try await withThrowingTaskGroup(of: Outcomes.self) { group in
      var waiting = queues.makeIterator()
      func startNext() {
        guard let queue = waiting.next() else { return }
        group.addTask { try await self.take(inOrder: queue.steps, generation, commit) }
      }
      for _ in 0..<max(1, options.parallelism) { startNext() }
      var total = Outcomes()
      while let outcomes = try await group.next() {
        total.counts.merge(outcomes.counts, uniquingKeysWith: +)
        total.failed += outcomes.failed
        startNext()
      }
      return total
    }
  }

  /// One organization's steps, one after another.
  private nonisolated func take(
    inOrder steps: [SyncPlan.Step], _ generation: Int, _ commit: CommitInfo
  ) async throws -> Outcomes {
    var outcomes = Outcomes()
    for (index, step) in steps.enumerated() {
      // SIGTERM: the object under way was finished; the rest is for the next process.
      try Task.checkCancellation()
      reach(.beforeStep)
      do throws(TargetFailure) {
        var outcome: ApplyOutcome?
        if let object = step.object {
          outcome = try await target.apply(object)
        } else if let live = step.live {
          try await target.delete(live, in: region)
        }
        reach(.afterStep)
        observe(.stepTaken(region: region, step, outcome))
        outcomes.counts[step.action, default: 0] += 1
      } catch {
        // Broken off, nobody knows whether it was done; the next process looks.
        try Task.checkCancellation()
        observe(.stepFailed(region: region, step, error))
        outcomes.failed += 1
        try await record(step.action, step.id, step.org, step.before, step.after, error, generation, commit)
        // What needs it, or needs the same server, would fail the same way.
        if step.id.kind == "Namespace" || error.kind == .unavailable {
          outcomes.failed += steps.count - index - 1
          return outcomes
        }
        continue
      }
      try await record(step.action, step.id, step.org, step.before, step.after, nil, generation, commit)
      reach(.afterStepRecorded)
    }
    return outcomes
  }

  // MARK: - Identities

  /// Unseals what opens the organizations' bundles, and hands it to their relays. It is never on disk and never in a log.
  private func provideIdentities(
    _ declared: [String: Planner.Declaration], _ compilation: Compilation
  ) async throws {
    for unit in compilation.units {
      guard case .objects(let objects)? = declared[unit.name], let first = objects.first,
        let identity = unit.organization?.spec.identity, let sealed = identity.sealedIdentity
      else { continue }
      guard !options.platformIdentities.isEmpty, providedIdentities[unit.name] != identity.recipient + sealed else {
        continue
      }
      let binding = SealedBinding.identity(ofOrganization: unit.name)
      let text: String
      do throws(KeyBundleError) {
        text = try SealedValue.open(sealed, with: options.platformIdentities, expecting: binding)
      } catch {
        throw TargetFailure(
          .refused, "the identity of `\(unit.name)` cannot be unsealed with the platform's: \(error.reason)")
      }
      let secret = OrganizationSecret(
        org: unit.name, namespace: first.namespace,
        identityFile: SecretBytes(copying: (text + "\n").utf8), digest: identity.recipient)
      _ = try await target.provide(secret, in: region)
      providedIdentities[unit.name] = identity.recipient + sealed
    }
  }
}
