import AuditLog
import GitStore
import TextFormats
import DeploymentPlanning

/// Intent before a pass, outcome after it: what the audit log learns of a generation.
extension Reconciler {
  func begin(_ plan: SyncPlan, _ commit: CommitInfo) async throws -> Int {
    reach(.beforeIntent)
    if let pending = state.pending, pending.commit == commit.id {
      // The steps that the crash left undone are in the plan again; new ones that joined are recorded with them.
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
    reach(.afterPendingSaved)
    let generation = state.generation
    var entry = entry(.applyIntended, commit)
    entry.generation = generation
    let steps = state.pending?.steps ?? []
    func count(_ action: SyncPlan.Step.Action) -> Int { steps.count { $0.action == action } }
    entry.detail = "\(count(.create)) to create, \(count(.update)) to update, \(count(.delete)) to delete"
    try await append([AuditAppend(key: state.key("intent", region, generation), entry)])
    reach(.afterIntent)
    return generation
  }

  /// A generation whose commit is not the newest any more ends with what is known of it.
  func abandon(_ pending: SyncState.Pending, _ commit: CommitInfo) async throws {
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

  func finish(_ generation: Int, _ commit: CommitInfo, _ summary: PassSummary) async throws {
    reach(.beforeOutcome)
    var entry = entry(.applyFinished, commit)
    entry.generation = generation
    entry.detail = summary.text
    try await append([AuditAppend(key: state.key("outcome", region, generation), entry)])
    reach(.afterOutcome)
    state.pending = nil
    state.generation = generation
  }

  /// Steps of a crashed pass that were taken before the crash and not recorded.
  func recordRest(
    _ plan: SyncPlan, _ live: [LiveObject], _ generation: Int, _ commit: CommitInfo
  ) async throws {
    let taken = Set(plan.steps.map(\.id))
    let there = Dictionary(live.map { ($0.id, $0) }) { first, _ in first }
    for step in state.pending?.steps ?? [] where !taken.contains(step.id) {
      let isDone = step.action == .delete ? there[step.id] == nil : there[step.id]?.digest == step.after
      guard isDone else { continue }
      try await record(step.action, step.id, step.org, step.before, step.after, nil, generation, commit)
    }
  }

  func record(
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
    try await append([AuditAppend(key: state.key("health", region, generation), entry)])
  }

  /// A hold is recorded once as long as it lasts, and again if it comes back.
  func tellHolds(_ plan: SyncPlan, _ commit: CommitInfo) async throws {
    func mark(_ hold: SyncPlan.Hold) -> String { "held/\(region)/\(hold.org)/\(plan.digest)" }
    let marks = Set(plan.holds.map(mark))
    state.forget { $0.hasPrefix("held/") && !marks.contains($0) }
    for hold in plan.holds {
      observe(.held(region: region, hold, digest: plan.digest))
      var entry = entry(.heldForApproval, commit)
      entry.org = hold.org
      entry.detail = "\(hold.explanation); approve with `wpex sync approve \(plan.digest)`"
      try await tell(mark(hold), key: state.key(mark(hold), state.generation), entry)
    }
  }

  func tellApproval(_ plan: SyncPlan, by who: String?, _ commit: CommitInfo) async throws {
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

  /// Records something that is recorded once.
  ///
  /// - Parameter key: the record's; `mark` unless it is given.
  func tell(_ mark: String, key: String? = nil, _ entry: AuditEntry) async throws {
    guard state.isNews(mark) else { return }
    try await append([AuditAppend(key: key ?? mark, entry)])
  }

  /// Appends to the audit log, and remembers where it ended.
  func append(_ appends: [AuditAppend]) async throws {
    let last = try await audit.append(appends).max { $0.sequence < $1.sequence }
    if let last, last.sequence > state.auditHead?.sequence ?? 0 { state.auditHead = last.head }
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
