import AuditLog
import GitStore
import RelayWire
import SyncEngine
import DeploymentPlanning
import SyncService
import TestSupport
import Testing

/// Each step of a pass with a part that misbehaves: what stays, what is recorded, what is reported, and that the next pass
/// makes up for it.
@Suite struct PassTests {
  /// A fault in one step, met by a commit that revokes a key of globex.
  struct Case: Sendable, CustomTestStringConvertible {
    let step: String
    let fault: Fault
    /// Whether globex' objects stay as they were.
    let isKept: Bool
    /// Whether the new commit is in force, though it is not applied everywhere.
    let isAccepted: Bool
    let recorded: [AuditAction]
    let reported: String

    var testDescription: String { "\(step): \(fault.rawValue)" }
  }

  static let cases = [
    Case(
      step: "fetch", fault: .fetch, isKept: true, isAccepted: false, recorded: [],
      reported: "the server does not answer"),
    Case(
      step: "plan", fault: .inventory, isKept: true, isAccepted: true, recorded: [.commitAccepted],
      reported: "eu-south: fault in inventory"),
    Case(
      step: "plan", fault: .approvals, isKept: true, isAccepted: true, recorded: [.commitAccepted],
      reported: "eu-south: fault in approvals"),
    Case(
      step: "record intent", fault: .prepare, isKept: true, isAccepted: true, recorded: [.commitAccepted],
      reported: "eu-south: fault in prepare"),
    Case(
      step: "record intent", fault: .intentState, isKept: true, isAccepted: true, recorded: [.commitAccepted],
      reported: "eu-south: fault in intentState"),
    Case(
      step: "record intent", fault: .intentRecord, isKept: true, isAccepted: true, recorded: [.commitAccepted],
      reported: "eu-south: fault in intentRecord"),
    Case(
      step: "apply", fault: .apply, isKept: true, isAccepted: true,
      recorded: [.commitAccepted, .applyIntended, .objectFailed, .applyFinished],
      reported: "eu-south: 1 object failed; eu-south: globex: fault in apply"),
    Case(
      step: "apply", fault: .objectRecord, isKept: false, isAccepted: true,
      recorded: [.commitAccepted, .applyIntended],
      reported: "eu-south: fault in objectRecord"),
    Case(
      step: "record outcome", fault: .outcomeRecord, isKept: false, isAccepted: true,
      recorded: [.commitAccepted, .applyIntended, .objectUpdated], reported: "eu-south: fault in outcomeRecord"),
    Case(
      step: "record outcome", fault: .outcomeState, isKept: false, isAccepted: true,
      recorded: [.commitAccepted, .applyIntended, .objectUpdated, .applyFinished],
      reported: "eu-south: fault in outcomeState"),
  ]

  private func revokeKey(_ world: PassWorld) throws {
    try world.edit("orgs/globex/keys/office-bari.yaml", "status: active", "status: revoked")
  }

  @Test(arguments: cases)
  func aFaultInAStepIsReportedAndMadeUpFor(_ fault: Case) async throws {
    try await ExternalCommand.withFolder { folder in
      let world = try await PassWorld(folder: folder)
      let first = try await world.service.pass()
      #expect(first.problem == nil && first.applied != nil)
      let before = await world.target.digests(of: "globex")
      let records = try await world.recordCount()

      try revokeKey(world)
      let commit = try world.git.commit("Revoke a key", signer: "anna")
      world.faults.inject(fault.fault)
      let failed = try await world.service.pass()
      #expect(failed.problem?.description == fault.reported)
      #expect(failed.applied != commit)
      #expect((await world.target.digests(of: "globex") == before) == fault.isKept)
      #expect((await world.states.accepted()?.commit == commit) == fault.isAccepted)
      #expect(try await world.actions(after: records) == fault.recorded)

      world.faults.clear()
      let healed = try await world.service.pass()
      #expect(healed.problem == nil && healed.applied == commit)
      #expect(await world.target.digests(of: "globex") == (try world.declared("globex")))
      let all = try await world.actions(after: records)
      #expect(all.contains(.objectUpdated) && all.last == .applyFinished)
      #expect(try await world.hasOneIntentAndOutcomeEach())
    }
  }

  /// A commit that does not come into force.
  enum Commit: String, CaseIterable, CustomTestStringConvertible {
    case unsigned, invalid
    var testDescription: String { self == .unsigned ? "verify: \(rawValue)" : "compile: \(rawValue)" }
  }

  @Test(arguments: Commit.allCases)
  func aCommitThatDoesNotComeIntoForceChangesNothing(_ kind: Commit) async throws {
    try await ExternalCommand.withFolder { folder in
      let world = try await PassWorld(folder: folder)
      let first = try #require(try await world.service.pass().applied)
      let before = await world.target.digests(of: "globex")
      let records = try await world.recordCount()

      try revokeKey(world)
      if kind == .invalid { try world.edit("platform.yaml", "defaults:", "defualts:") }
      let refused = try world.git.commit("A change", signer: kind == .unsigned ? nil : "anna")
      for _ in 1...2 {
        let outcome = try await world.service.pass()
        // A platform with errors is no reason to try again: it is refused until another commit comes.
        #expect((outcome.problem == nil) == (kind == .invalid))
        #expect(outcome.applied == first)
      }
      let reason = kind == .unsigned ? "is not signed" : "the platform has "
      #expect(world.reports().count { $0.contains(reason) } == 1)
      #expect(await world.target.digests(of: "globex") == before)
      #expect(await world.states.accepted()?.commit == first)
      #expect(try await world.actions(after: records) == [kind == .unsigned ? .rejectedUnsigned : .rejectedInvalid])
      // An unsigned commit is not even compiled.
      #expect(
        world.count { if case .compiled(let commit, _) = $0 { commit.id == refused } else { false } }
          == (kind == .invalid ? 1 : 0))

      try world.git.git("reset", "-q", "--hard", first)
      try revokeKey(world)
      let commit = try world.git.commit("Revoke a key", signer: "anna")
      let healed = try await world.service.pass()
      #expect(healed.problem == nil && healed.applied == commit)
      #expect(await world.target.digests(of: "globex") == (try world.declared("globex")))
    }
  }

  /// Prune: an approval stays used, and what it allowed is done by the next pass.
  @Test func aDeletionThatFailsIsDoneByTheNextPass() async throws {
    try await ExternalCommand.withFolder { folder in
      let world = try await PassWorld(folder: folder)
      _ = try await world.service.pass()
      let before = await world.target.digests(of: "acme")
      try world.git.git("rm", "-q", "orgs/acme/relays/milan-1.yaml")
      let commit = try world.git.commit("Remove a relay", signer: "anna")
      _ = try await world.service.pass()
      // The hold is a part of the summary, and the condition is set from it.
      let summary = try #require(await world.service.condition.summaries[RegionWorld.region])
      #expect(summary.holds.map(\.org) == ["acme"])
      #expect(await world.service.condition.isAnythingHeld)
      let records = try await world.recordCount()

      await world.states.approve(summary.heldDigest)
      world.faults.inject(.delete)
      let failed = try await world.service.pass()
      #expect(failed.problem?.description.contains("eu-south: acme: fault in delete") == true && failed.applied == nil)
      #expect(await world.target.digests(of: "acme") == before)
      #expect(
        try await world.actions(after: records) == [.holdApproved, .applyIntended, .objectFailed, .applyFinished])
      #expect(await world.states.spent == [summary.heldDigest])
      #expect(await !world.service.condition.isAnythingHeld)

      world.faults.clear()
      let healed = try await world.service.pass()
      #expect(healed.problem == nil && healed.applied == commit)
      #expect(await world.target.digests(of: "acme") == (try world.declared("acme")))
      #expect(try await world.hasOneIntentAndOutcomeEach())
    }
  }

  /// Expiry: a key leaves at the end of its last day, without a commit, and while the repository does not answer.
  @Test func aKeyLeavesAtTheEndOfItsLastDay() async throws {
    try await ExternalCommand.withFolder { folder in
      let world = try await PassWorld(folder: folder, interval: 600)
      try world.edit("orgs/globex/keys/office-bari.yaml", "status: active", "status: active\n  expires: 2026-11-23")
      try world.git.commit("Let a key expire", signer: "anna")
      #expect(try await world.service.pass().problem == nil)
      let before = await world.target.digests(of: "globex")
      world.faults.inject(.fetch)
      world.clock.run(from: world.clock.now + 86_400_000 - 1_000)
      let begin = ContinuousClock.now
      let run = Task { await world.service.run() }
      while await world.target.digests(of: "globex") == before, ContinuousClock.now - begin < .seconds(60) {
        try await Task.sleep(for: .milliseconds(20))
      }
      let after = await world.target.digests(of: "globex")
      run.cancel()
      await run.value
      // The end of the day comes after one second. A busy machine needs some more, but no interval.
      #expect(after != before && ContinuousClock.now - begin > .seconds(1))
      #expect(after.filter { before[$0.key] != $0.value }.keys.allSatisfy { $0.contains("-keys") })
    }
  }

  enum Health: String, CaseIterable, CustomTestStringConvertible {
    case settled, unsettled, unavailable
    var testDescription: String { rawValue }
  }

  /// Health: it is recorded after the outcome, and whatever it is, the next commit is applied.
  @Test(arguments: Health.allCases)
  func healthIsRecordedAndDelaysNothing(_ health: Health) async throws {
    try await ExternalCommand.withFolder { folder in
      let world = try await PassWorld(folder: folder)
      if health == .unavailable { world.faults.inject(.health) }
      await world.target.setHealth([
        RelayCondition(
          org: "acme", relay: "milan-1", status: health == .settled ? .current : .inProgress, detail: "starting")
      ])
      let run = Task { await world.service.run() }
      func wait(_ isDone: () async throws -> Bool) async throws {
        while try await !isDone() { try await Task.sleep(for: .milliseconds(20)) }
      }
      let recorded: AuditAction? =
        switch health {
        case .settled: .healthReached
        case .unsettled: .healthMissed
        case .unavailable: nil
        }
      if let recorded { try await wait { try await world.log.newestRecord(of: recorded) != nil } }
      try revokeKey(world)
      let commit = try world.git.commit("Revoke a key", signer: "anna")
      try await wait {
        await world.service.wake()
        return await world.service.condition.summaries[RegionWorld.region]?.commit == commit
      }
      run.cancel()
      await run.value
      let actions = try await world.actions(after: 0)
      if let recorded, let end = actions.firstIndex(of: .applyFinished) {
        #expect(actions[end...].dropFirst().first == recorded)
      }
      #expect(actions.contains { $0 == .healthReached || $0 == .healthMissed } == (recorded != nil))
      #expect(world.reports() == [])
      #expect(await world.target.digests(of: "globex") == (try world.declared("globex")))
    }
  }
}
