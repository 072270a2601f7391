import AuditLog
import AuditStores
import ConfigCompiler
import ConfigModel
import FoundationEssentials
import GitStore
import KeyBundles
import RepositorySupport
import SyncEngine
import DeploymentPlanning
import SyncService
import Synchronization
import TestSupport
import Testing

/// Fault that a test injects into one part of a daemon.
enum Fault: String, Sendable, CustomTestStringConvertible {
  /// The repository cannot be fetched.
  case fetch
  /// The target cannot be listed, be prepared, or be asked for health.
  case inventory, prepare, health
  /// The target refuses globex' objects, or the deletion of any.
  case apply, delete
  /// The audit log refuses an intent, an object or an outcome.
  case intentRecord, objectRecord, outcomeRecord
  /// The state store does not list approvals, does not save before an apply, or does not save after it.
  case approvals, intentState, outcomeState

  var testDescription: String { rawValue }
}

/// The faults of a world, which its parts consult at every call.
final class Faults: Sendable {
  private let injected = Mutex<Set<Fault>>([])

  func inject(_ fault: Fault) { _ = injected.withLock { $0.insert(fault) } }
  func clear() { injected.withLock { $0 = [] } }
  func contains(_ fault: Fault) -> Bool { injected.withLock { $0.contains(fault) } }
}

/// The clock of a world. It advances only when a test lets it.
final class WorldClock: Sendable {
  private let time = Mutex<(base: Int64, start: ContinuousClock.Instant?)>(
    ((Timestamp(RegionWorld.now)?.unixSeconds ?? 0) * 1_000, nil))

  /// Milliseconds since 1970.
  var now: Int64 {
    time.withLock { time in
      guard let start = time.start else { return time.base }
      return time.base + Int64((ContinuousClock.now - start) / .milliseconds(1))
    }
  }

  /// Lets the time run from a moment on.
  func run(from moment: Int64) { time.withLock { $0 = (moment, .now) } }
}

/// A service over a real repository of signed commits, for one region of sample-repo. Each of its parts can misbehave.
final class PassWorld: Sendable {
  let git: GitWorld
  let faults = Faults()
  let clock = WorldClock()
  let target = MemoryTarget()
  let states = MemoryStates()
  let log: any AuditStore
  let service: SyncService
  private let events: Events

  private final class Events: Sendable {
    let all = Mutex<[SyncEvent]>([])
  }

  init(folder: String, interval: Double = 0.1) async throws {
    git = try GitWorld(folder: folder)
    let key = try git.makeKey("anna")
    let sample = try await RegionWorld.sample()
    for (path, bytes) in sample.contents {
      let text = String(decoding: bytes, as: UTF8.self).replacing(
        "requireSignedCommits: false", with: "requireSignedCommits: true")
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
        path == "users/anna-lindqvist.yaml" && line.contains("ssh-ed25519 ") ? "      - \(key)" : String(line)
      }
      try git.write(path, lines.joined(separator: "\n"))
    }
    try git.commit("Begin", signer: "anna")
    log = try SQLiteAuditStore(path: "\(folder)/audit.sqlite")
    let source = FaultySource(source: try git.source("mirror"), faults: faults)
    let audit = FaultyAuditStore(log: log, faults: faults)
    let states = FaultyStates(states: states, faults: faults)
    let target = FaultyTarget(target: target, faults: faults)
    let events = Events()
    self.events = events
    let earlier = IncrementalCompiler(source.repository)
    let reconcilerOptions = Reconciler.Options(
      render: RegionWorld.renderOptions,
      platformIdentities: [try DemonstrationIdentities.identity(named: "platform")])
    var options = SyncService.Options()
    options.interval = interval
    options.healthTimeout = 0.6
    let clock = clock
    service = SyncService(
      source: source, regions: [RegionWorld.region], audit: audit, states: states, options: options,
      makeReconciler: { region in
        Reconciler(
          region: region, target: target, audit: audit, states: states, options: reconcilerOptions,
          compilation: { id, time in
            let commit = try await source.repository.commit(id)
            return try await earlier.compile(commit, now: time ?? commit.committer.time)
          },
          now: { clock.now }, onEvent: { event in events.all.withLock { $0.append(event) } })
      },
      now: { clock.now }, onEvent: { event in events.all.withLock { $0.append(event) } })
  }

  /// Replaces text in a file of the clone.
  func edit(_ path: String, _ old: String, _ new: String) throws {
    try git.write(path, try git.read(path).replacing(old, with: new))
  }

  /// The number of the newest record.
  func recordCount() async throws -> Int64 { try await log.head().sequence }

  /// The actions that were recorded after a record, without repetitions in a row.
  func actions(after sequence: Int64) async throws -> [AuditAction] {
    var actions: [AuditAction] = []
    for record in try await log.records(from: sequence + 1, limit: 10_000) {
      guard let action = record.entry?.action, action != actions.last else { continue }
      actions.append(action)
    }
    return actions
  }

  /// Whether each generation of the log has exactly one intent and one outcome.
  func hasOneIntentAndOutcomeEach() async throws -> Bool {
    let entries = try await log.records(from: 1, limit: 10_000).compactMap(\.entry)
    let generations = Set(entries.compactMap(\.generation))
    return generations.allSatisfy { generation in
      [AuditAction.applyIntended, .applyFinished].allSatisfy { action in
        entries.count { $0.generation == generation && $0.action == action } == 1
      }
    }
  }

  /// Why commits were refused and passes failed, as events say it.
  func reports() -> [String] {
    events.all.withLock { events in
      events.compactMap { event in
        switch event {
        case .refused(_, let reason), .passFailed(let reason, _): reason
        default: nil
        }
      }
    }
  }

  /// The number of events that `isIncluded` accepts.
  func count(_ isIncluded: (SyncEvent) -> Bool) -> Int { events.all.withLock { $0.count(where: isIncluded) } }

  /// What the commit in force declares for an organization, as digests.
  func declared(_ org: String) throws -> [String: String] {
    let compilation = events.all.withLock { events in
      events.lazy.compactMap { event in
        if case .accepted(_, let compilation) = event { compilation } else { nil as Compilation? }
      }.last
    }
    guard let compilation else { return [:] }
    return try RegionWorld.declared(org, in: compilation)
  }
}

// MARK: - Parts that misbehave

private struct FaultySource: RepositorySource {
  let source: RemoteSource
  let faults: Faults

  func newest() async throws -> CommitInfo {
    if faults.contains(.fetch) { throw GitStoreError(.unreadable, "the server does not answer") }
    return try await source.newest()
  }

  var repository: GitRepository { source.repository }
  func isAncestor(_ old: String, of new: String) async throws -> Bool { try await source.isAncestor(old, of: new) }
  var canBeSigned: Bool { source.canBeSigned }
  var description: String { source.description }
}

private struct FaultyTarget: Target {
  let target: MemoryTarget
  let faults: Faults
  var kind: String { target.kind }

  private func check(_ fault: Fault, _ kind: TargetError.Kind = .unavailable) throws(TargetError) {
    if faults.contains(fault) { throw TargetError(kind, "fault in \(fault.rawValue)") }
  }

  func inventory(of region: String) async throws(TargetError) -> [LiveObject] {
    try check(.inventory)
    return try await target.inventory(of: region)
  }

  func prepare(_ region: String) async throws(TargetError) { try check(.prepare) }

  func apply(_ object: RenderedObject) async throws(TargetError) -> ApplyOutcome {
    if object.origin.org == "globex" { try check(.apply, .refused) }
    return try await target.apply(object)
  }

  func delete(_ object: LiveObject, in region: String) async throws(TargetError) {
    try check(.delete, .refused)
    try await target.delete(object, in: region)
  }

  func installIdentity(_ identity: OrganizationSecret, in region: String) async throws(TargetError) -> ApplyOutcome {
    try await target.installIdentity(identity, in: region)
  }

  func correctDrift(in region: String, declared: [RenderedObject]) async throws(TargetError) -> DriftReport {
    try await target.correctDrift(in: region, declared: declared)
  }

  func health(of region: String) async throws(TargetError) -> [RelayCondition] {
    try check(.health)
    return try await target.health(of: region)
  }

  func shutDown() async {}
}

private struct FaultyAuditStore: ForwardingAuditStore {
  let log: any AuditStore
  let faults: Faults
  var store: any AuditStore { log }

  func append(_ appends: [AuditAppend]) async throws -> [AuditRecord] {
    for append in appends {
      let fault: Fault? =
        switch append.entry.action {
        case .applyIntended: .intentRecord
        case .objectCreated, .objectUpdated, .objectDeleted: .objectRecord
        case .applyFinished: .outcomeRecord
        default: nil
        }
      if let fault, faults.contains(fault) { throw AuditError(.unavailable, "fault in \(fault.rawValue)") }
    }
    return try await log.append(appends)
  }

  func close() async { await log.close() }
}

private struct FaultyStates: StateStore {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  let states: MemoryStates
  let faults: Faults

  private func check(_ fault: Fault) throws {
    if faults.contains(fault) { throw Failure(description: "fault in \(fault.rawValue)") }
  }

  func load(_ region: String) async throws -> SyncState? { await states.load(region) }

  func save(_ state: SyncState, _ region: String) async throws {
    try check(state.pending == nil ? .outcomeState : .intentState)
    await states.save(state, region)
  }

  func approvals(_ region: String) async throws -> [String: String] {
    try check(.approvals)
    return await states.approvals(region)
  }

  func consume(approval digest: String, _ region: String) async throws {
    await states.consume(approval: digest, region)
  }

  func accepted() async throws -> AcceptedCommit? { await states.accepted() }
  func accept(_ commit: AcceptedCommit) async throws { await states.accept(commit) }
}
