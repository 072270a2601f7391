import AuditLog
import DeploymentPlanning
import FoundationEssentials
import GitStore
import TextFormats

/// What follows the application of a relay's files: they come into force at its instances, which delays no pass.
extension Reconciler {
  /// Whether each relay's files are in force, as far as it is known.
  package nonisolated var relaysInForce: [DeployedRelay: RelayInForce] { get async { await enforcement.states } }

  /// Looks for instances that came since their relay's files were confirmed.
  package nonisolated func askInstancesAgain() async { await enforcement.askAgain() }

  /// Waits until what was applied is in force and recorded, for `RelayInForce.patience` at most.
  package nonisolated func awaitInForce() async {
    let begin = ContinuousClock.now
    while await enforcement.isAwaited, ContinuousClock.now - begin < .milliseconds(RelayInForce.patience) {
      guard (try? await Task.sleep(for: .milliseconds(20))) != nil else { return }
    }
  }

  /// Ends what runs beside the passes.
  package nonisolated func end() async { await enforcement.end() }

  /// Brings a relay's files into force after a step applied them.
  nonisolated func enforce(_ step: SyncPlan.Step, _ generation: Int, _ commit: CommitInfo) async {
    guard let relay = step.deployedRelay else { return }
    if step.action == .delete { return await enforcement.forget(relay) }
    await enforcement.enforce(relay, report: report(generation, commit))
  }

  /// Brings a relay's files into force after they were put back.
  func enforce(_ correction: DriftCorrection, _ commit: CommitInfo) async {
    guard let relay = correction.relay else { return }
    await enforcement.enforce(relay, report: report(state.generation, commit))
  }

  /// Asks relays that this program knows nothing of yet, and forgets those that are gone.
  func followRelays(_ plan: SyncPlan, _ live: [LiveObject], _ commit: CommitInfo) async {
    let deleted = Set(plan.steps.filter { $0.action == .delete }.map(\.id))
    let there = live.filter { !deleted.contains($0.id) }
      .compactMap { DeployedRelay(keysIn: $0.id, org: $0.org, relay: $0.relay) }
    let given = plan.steps.filter { $0.action != .delete }.compactMap(\.deployedRelay)
    let names = Set((there + given).map { "\($0)" })
    state.notInForce = state.notInForce.filter { names.contains($0.key) }
    await enforcement.follow(Set(there + given), report: report(state.generation, commit))
  }

  private nonisolated func report(_ generation: Int, _ commit: CommitInfo) -> Enforcement.Report {
    { [weak self] relay, news in
      guard let self else { return }
      switch news {
      case .notInForce(let state):
        onEvent(.notInForce(region: region, relay, state))
        await saveMissing(relay, state)
      case .inForce(let state):
        try await recordInForce(relay, state, generation, commit)
        await saveMissing(relay, nil)
      }
    }
  }

  /// Saves at which relays what was applied is not in force, for those who see only the state.
  private func saveMissing(_ relay: DeployedRelay, _ inForce: RelayInForce?) async {
    let earlier = state.notInForce
    state.notInForce["\(relay)"] = inForce?.json(at: now())
    guard state.notInForce != earlier, state.notInForce.count <= SyncState.maxNotInForce else {
      state.notInForce = earlier
      return
    }
    // What cannot be saved now is saved with the next pass.
    try? await save()
  }

  private func recordInForce(
    _ relay: DeployedRelay, _ inForce: RelayInForce, _ generation: Int, _ commit: CommitInfo
  ) async throws {
    var entry = entry(.relayInForce, commit)
    entry.org = relay.org
    entry.kind = "Relay"
    entry.name = relay.name
    entry.generation = generation
    entry.after = inForce.digest
    let names = inForce.instances.map(\.name)
    entry.detail =
      "applied \(AuditExport.timestamp(inForce.appliedAt)), in force "
      + "\(AuditExport.timestamp(inForce.inForceAt ?? entry.time)); serial \(inForce.serial) at \(names.joined(separator: ", "))"
    let key = "in-force/\(region)/\(relay.namespace)/\(relay)/\(inForce.serial)"
    let record = try await append([AuditAppend(key: key, entry)])
    // After a start, what was recorded before is confirmed again.
    if record.first?.entry == entry { onEvent(.inForce(region: region, relay, inForce)) }
  }
}

extension SyncPlan.Step {
  /// The relay whose keys the step applies or deletes; nil if the object is something else.
  var deployedRelay: DeployedRelay? { DeployedRelay(keysIn: id, org: org, relay: relay) }
}
