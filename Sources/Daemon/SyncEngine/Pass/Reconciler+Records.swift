import AuditLog
import GitStore
import TextFormats
import DeploymentPlanning

/// Steps 5 and 9, intent and outcome, and everything else that the audit log records of a region.
extension Reconciler {
  /// Step 5: records what is going to be done, and uses up the approval for it. Nothing is touched without this record.
  ///
  /// - Throws: `AuditError`, `TargetError`, or what the state store throws. Then nothing was applied.
  package func recordIntent(_ pass: inout RegionPass) async throws {
    guard !pass.plan.steps.isEmpty || state.pending != nil else { return }
    try await target.prepare(region)
    pass.summary.generation = try await begin(pass.plan, pass.commit)
    try await consumeApproval()
  }

  /// Step 9: records what came of the pass, hands identities to relays, and saves the state.
  ///
  /// - Throws: `AuditError`, or what the state store throws. The next pass goes on where this one stopped.
  package func recordOutcome(_ pass: inout RegionPass) async throws -> PassSummary {
    if let generation = pass.generation {
      let given = Set(pass.plan.steps.compactMap(\.deployedRelay))
      (pass.summary.relaysInForce, pass.summary.relays) = await enforcement.count(of: given)
      try await recordRest(pass.plan, pass.live, generation, pass.commit)
      try await finish(generation, pass.commit, pass.summary)
    }
    identities = pass.identities
    try await provideIdentities(pass.identities, pass.commit, &pass.summary)
    updateLastGood(pass.declarations, pass.plan)
    pass.summary.lastGood = state.lastGood.mapValues(\.commit)
    state.failures = pass.summary.failures
    state.applied = pass.commit.id
    state.appliedAt = now()
    try await save()
    faultHook(.afterStateSaved)
    recordedGeneration = pass.generation ?? recordedGeneration
    await followRelays(pass.plan, pass.live, pass.commit)
    pass.summary.seconds = Double(now() - pass.start) / 1_000
    onEvent(.finished(region: region, pass.summary))
    return pass.summary
  }

  private func begin(_ plan: SyncPlan, _ commit: CommitInfo) async throws -> Int {
    faultHook(.beforeIntent)
    if let pending = state.pending, pending.commit == commit.id {
      // The plan has the steps that the crash left undone, and may have new ones, which join them.
      let known = Set(pending.steps.map(\.id))
      let added = plan.steps.filter { !known.contains($0.id) }.map(SyncState.Pending.Step.init)
      state.pending = SyncState.Pending(
        generation: pending.generation, commit: commit.id, steps: pending.steps + added)
    } else {
      if let pending = state.pending { try await abandon(pending, commit) }
      state.generation += 1
      state.pending = SyncState.Pending(
        generation: state.generation, commit: commit.id, steps: plan.steps.map(SyncState.Pending.Step.init))
    }
    try await save()
    faultHook(.afterPendingSaved)
    let generation = state.generation
    var entry = entry(.applyIntended, commit)
    entry.generation = generation
    let steps = state.pending?.steps ?? []
    func count(_ action: SyncPlan.Step.Action) -> Int { steps.count { $0.action == action } }
    entry.detail = "\(count(.create)) to create, \(count(.update)) to update, \(count(.delete)) to delete"
    try await append([AuditAppend(key: state.key("intent", region, generation), entry)])
    faultHook(.afterIntent)
    return generation
  }

  /// Ends a generation whose commit is no longer the newest, with what is known of it.
  private func abandon(_ pending: SyncState.Pending, _ commit: CommitInfo) async throws {
    var entry = entry(.applyFinished, commit)
    entry.commit = pending.commit
    entry.generation = pending.generation
    entry.detail = "interrupted; a newer commit goes on"
    var intent = entry
    intent.action = .applyIntended
    try await append([
      AuditAppend(key: state.key("intent", region, pending.generation), intent),
      AuditAppend(key: state.key("outcome", region, pending.generation), entry),
    ])
  }

  private func finish(_ generation: Int, _ commit: CommitInfo, _ summary: PassSummary) async throws {
    faultHook(.beforeOutcome)
    var entry = entry(.applyFinished, commit)
    entry.generation = generation
    entry.detail = summary.text
    try await append([AuditAppend(key: state.key("outcome", region, generation), entry)])
    faultHook(.afterOutcome)
    state.pending = nil
    state.generation = generation
  }

  /// Records steps of a crashed pass that were done before the crash and not recorded.
  private func recordRest(
    _ plan: SyncPlan, _ live: [LiveObject], _ generation: Int, _ commit: CommitInfo
  ) async throws {
    let planned = Set(plan.steps.map(\.id))
    let there = Dictionary(live.map { ($0.id, $0) }) { first, _ in first }
    for step in state.pending?.steps ?? [] where !planned.contains(step.id) {
      let isDone = step.action == .delete ? there[step.id] == nil : there[step.id]?.digest == step.after
      guard isDone else { continue }
      try await recordStep(step.action, step.id, step.org, step.before, step.after, nil, generation, commit)
    }
  }

  func recordStep(
    _ action: SyncPlan.Step.Action, _ id: ObjectID, _ org: String, _ before: String?, _ after: String?,
    _ failure: TargetError?, _ generation: Int, _ commit: CommitInfo
  ) async throws {
    let kind: AuditAction =
      switch (failure, action) {
      case (.some, _): .objectFailed
      case (nil, .create): .objectCreated
      case (nil, .update): .objectUpdated
      case (nil, .delete): .objectDeleted
      }
    var entry = entry(kind, commit)
    entry.org = org
    entry.kind = id.kind
    entry.name = id.name
    entry.generation = generation
    entry.before = before
    entry.after = after
    entry.detail = failure?.description
    let key = state.key("object", region, generation) + "/\(id)" + (failure == nil ? "" : "/failed")
    try await append([AuditAppend(key: key, entry)])
  }

  func recordHealth(_ generation: Int, _ commit: CommitInfo, _ unsettled: [RelayCondition]) async throws {
    var entry = entry(unsettled.isEmpty ? .healthReached : .healthMissed, commit)
    entry.generation = generation
    if !unsettled.isEmpty {
      let some = unsettled.prefix(5).map { "\($0.org)/\($0.relay): \($0.detail)" }
      entry.detail = "\(counted(unsettled.count, "relay")): \(some.joined(separator: "; "))"
    }
    let known = await enforcement.states
    let (inForce, total) = await enforcement.count(of: Set(known.keys))
    if total > 0 {
      let count = "in force at \(inForce) of \(counted(total, "relay"))"
      entry.detail = entry.detail.map { "\($0); \(count)" } ?? count
    }
    try await append([AuditAppend(key: state.key("health", region, generation), entry)])
  }

  /// Records each hold once while it lasts, and again if it comes back.
  func recordHolds(_ plan: SyncPlan, _ commit: CommitInfo) async throws {
    func mark(_ hold: SyncPlan.Hold) -> String { "held/\(region)/\(hold.org)/\(plan.digest)" }
    let marks = Set(plan.holds.map(mark))
    state.forget { $0.hasPrefix("held/") && !marks.contains($0) }
    for hold in plan.holds {
      onEvent(.held(region: region, hold, digest: plan.digest))
      var entry = entry(.heldForApproval, commit)
      entry.org = hold.org
      entry.detail = "\(hold.explanation); approve with `wpex sync approve \(plan.digest)`"
      try await recordOnce(mark(hold), key: state.key(mark(hold), state.generation), entry)
    }
  }

  func recordApproval(_ plan: SyncPlan, by who: String?, _ commit: CommitInfo) async throws {
    guard let who, !plan.approved.isEmpty else { return }
    for hold in plan.approved {
      var entry = entry(.holdApproved, commit)
      entry.actor.user = who.isEmpty ? nil : who
      entry.org = hold.org
      entry.detail = "\(plan.digest): \(hold.explanation)"
      let key = state.key("approved/\(region)/\(hold.org)/\(plan.digest)", state.generation)
      try await append([AuditAppend(key: key, entry)])
    }
  }

  /// Records a lasting condition once.
  ///
  /// - Parameters:
  ///   - mark: names the condition.
  ///   - key: the key of the record; `mark` if it is nil.
  func recordOnce(_ mark: String, key: String? = nil, _ entry: AuditEntry) async throws {
    guard state.isNews(mark) else { return }
    try await append([AuditAppend(key: key ?? mark, entry)])
  }

  /// Appends to the audit log, and remembers its end in the state.
  ///
  /// - Returns: The record of each entry, whether new or not.
  @discardableResult func append(_ appends: [AuditAppend]) async throws -> [AuditRecord] {
    let records = try await audit.append(appends)
    let last = records.max { $0.sequence < $1.sequence }
    if let last, last.sequence > state.auditHead?.sequence ?? 0 { state.auditHead = last.head }
    return records
  }

  func entry(_ action: AuditAction, _ commit: CommitInfo) -> AuditEntry {
    func text(_ signature: CommitInfo.Signature) -> String { "\(signature.name) <\(signature.email)>" }
    return AuditEntry(
      time: now(), action: action,
      actor: AuditActor(author: text(commit.author), committer: text(commit.committer), signer: signer),
      region: region,
      commit: commit.id)
  }
}
