package import AuditLog
package import ConfigCompiler
import ConfigModel
import Diagnostics
import FoundationEssentials
package import GitStore
package import SyncEngine
package import SyncPlanning

/// Follows a repository and keeps regions at what it declares: steps 1 to 3 of a pass, and the rest through `Reconciler`.
///
/// Whatever fails leaves everything at its last good state and is tried again, after pauses that grow.
package actor SyncService {
  package struct Options: Sendable {
    /// Seconds between looks at the repository, and the part of it by which each pause varies.
    package var interval = 30.0
    package var jitter = 0.1
    /// Seconds between looks for drift.
    package var driftInterval = 60.0
    /// Whether changes by other hands are followed between those looks.
    package var isWatching = true
    /// Seconds for which a generation's relays may take to become healthy, before that is recorded.
    package var healthPatience = 300.0
    /// Seconds of the longest pause after a failure.
    package var longestPause = 300.0

    package init() {}
  }

  /// What the service is doing, for whoever asks.
  package struct Condition: Sendable {
    package var head: CommitInfo?
    package var problem: String?
    /// Passes that failed one after another.
    package var failures = 0
    package var passes = 0
    package var held: [String: [SyncPlan.Hold]] = [:]
    package var heldDigests: [String: String] = [:]
    package var summaries: [String: PassSummary] = [:]
    package var organizations: [OrganizationCondition] = []
    /// Objects of each organization that another hand had changed and that were put right.
    package var drifted: [String: Int] = [:]
  }

  package struct OrganizationCondition: Sendable, Equatable {
    package let org: String
    package let relays: Int
    package let keys: Int
    package let errors: Int
  }

  private let source: any RepositorySource
  private let compiler: IncrementalCompiler
  private let verification: CommitVerification
  private let regions: Set<String>?
  private let makeReconciler: @Sendable (String) -> Reconciler
  private var reconcilers: [String: Reconciler] = [:]
  private let audit: any AuditStore
  private let options: Options
  private let observe: @Sendable (ServiceEvent) -> Void
  private let now: @Sendable () -> Int64
  package private(set) var condition = Condition()
  private var wakers: [CheckedContinuation<Void, Never>] = []
  private var isWoken = false
  private var isRunning = false
  private var lastSeen: String?
  private var lastAccepted: String?
  private var watches: [String: Task<Void, Never>] = [:]
  private var healthWaits: [String: Task<Void, Never>] = [:]
  /// Objects that another hand may have changed, by their regions.
  private var suspects: [String: Set<ObjectID>] = [:]
  /// A commit that cannot be applied as it is, and why.
  private var refusal: (commit: String, reason: String)?

  package enum ServiceEvent: Sendable {
    case fetched(CommitInfo, source: String)
    case compiled(CommitInfo, Compilation)
    /// It may be applied: what it declares holds from now on.
    case accepted(CommitInfo, Compilation)
    case refused(CommitInfo, reason: String)
    case failed(reason: String, pause: Double)
  }

  /// - Parameter regions: those that this service serves; nil for all that are declared.
  package init(
    source: any RepositorySource, regions: Set<String>?, audit: any AuditStore, options: Options,
    makeReconciler: @escaping @Sendable (String) -> Reconciler,
    now: @escaping @Sendable () -> Int64 = { Int64(Date.now.timeIntervalSince1970 * 1_000) },
    observe: @escaping @Sendable (ServiceEvent) -> Void = { _ in }
  ) {
    self.source = source
    compiler = IncrementalCompiler(source.repository)
    verification = CommitVerification(source.repository)
    self.regions = regions
    self.makeReconciler = makeReconciler
    self.audit = audit
    self.options = options
    self.now = now
    self.observe = observe
  }

  /// Looks at the repository at once.
  package func wake() {
    isWoken = true
    for waker in wakers { waker.resume() }
    wakers = []
  }

  /// Runs until the task is cancelled; the object under way is finished first.
  package func run() async {
    isRunning = true
    defer { isRunning = false }
    // Another daemon may have led since this one did.
    reconcilers = [:]
    try? await record(.daemonStarted, key: "started")
    var lastDrift = ContinuousClock.now
    var applied: String?
    while !Task.isCancelled {
      var pause = options.interval * (1 + .random(in: -options.jitter...options.jitter))
      do {
        let isDriftDue = ContinuousClock.now - lastDrift >= .seconds(options.driftInterval)
        applied = try await pass(lookingForDrift: isDriftDue, applied: applied)
        if isDriftDue { lastDrift = .now }
        condition.failures = 0
        condition.problem = refusal?.reason
      } catch is CancellationError {
        break
      } catch {
        condition.failures += 1
        let growing = min(options.longestPause, pow2(min(condition.failures, 12)) / 2)
        pause = min(growing, max(options.interval, 1)) * .random(in: 0.75...1.25)
        condition.problem = "\(error)"
        observe(.failed(reason: "\(error)", pause: pause))
      }
      await sleep(pause)
    }
    let helpers = Array(watches.values) + Array(healthWaits.values)
    for helper in helpers { helper.cancel() }
    for helper in helpers { await helper.value }
    watches = [:]
    healthWaits = [:]
    try? await record(.daemonStopped, key: "stopped")
  }

  private func pow2(_ exponent: Int) -> Double { Double(1 << exponent) }

  /// One pass over all regions.
  ///
  /// - Returns: The commit that is applied now, without any failure.
  package func pass(lookingForDrift: Bool = false, applied: String? = nil) async throws -> String? {
    let commit = try await source.newest()
    condition.head = commit
    condition.passes += 1
    let approvalsMayHaveCome = !condition.held.values.allSatisfy(\.isEmpty)
    if commit.id == applied || commit.id == refusal?.commit, !lookingForDrift, suspects.isEmpty, !approvalsMayHaveCome {
      return applied
    }
    let isNews = commit.id != lastSeen
    if isNews { observe(.fetched(commit, source: source.description)) }
    let compilation = try await compiler.compile(commit, now: now() / 1_000)
    if isNews { observe(.compiled(commit, compilation)) }
    lastSeen = commit.id
    condition.organizations = Self.organizations(of: compilation)
    if compilation.faults == .platform {
      let errors = compilation.diagnostics.count { $0.severity == .error }
      let reason = "\(errors) errors stand in the way; everything stays at its last good state"
      try await record(.rejectedInvalid, key: "invalid/\(commit.id)", commit: commit.id, detail: reason)
      if isNews { observe(.refused(commit, reason: reason)) }
      refusal = (commit.id, reason)
      return applied
    }
    refusal = nil
    return try await apply(commit, compilation, lookingForDrift: lookingForDrift)
  }

  package struct Refused: Error, CustomStringConvertible {
    package let description: String
  }

  /// A commit that does not descend from the applied one, or is not signed as that one asks by somebody who may make the
  /// change, is refused, recorded, and changes nothing.
  ///
  /// - Returns: Who signed it, where a signature was asked for.
  private func verify(_ commit: CommitInfo, _ reconciler: Reconciler) async throws -> String? {
    guard let last = try await reconciler.current().applied else { return nil }
    guard try await source.isAncestor(last, of: commit.id) else {
      let reason =
        "\(commit.id.prefix(12)) does not descend from \(last.prefix(12)), which is applied: history was rewritten"
      try await refuse(commit, .rejectedNonFastForward, key: "rejected/\(commit.id)", reason)
      throw Refused(description: reason)
    }
    guard source.canBeSigned else { return nil }
    do {
      return try await verification.requireAuthority(from: last, to: commit)
    } catch let rejected as CommitVerification.Rejected {
      let (action, word): (AuditAction, String) =
        switch rejected.reason {
        case .unsigned: (.rejectedUnsigned, "unsigned")
        case .unauthorized: (.rejectedUnauthorized, "unauthorized")
        }
      try await refuse(commit, action, key: "\(word)/\(commit.id)", rejected.description)
      throw Refused(description: rejected.description)
    }
  }

  private func refuse(_ commit: CommitInfo, _ action: AuditAction, key: String, _ reason: String) async throws {
    observe(.refused(commit, reason: reason))
    try await record(action, key: key, commit: commit.id, detail: reason)
  }

  private func reconciler(of region: String) -> Reconciler {
    if let known = reconcilers[region] { return known }
    let made = makeReconciler(region)
    reconcilers[region] = made
    return made
  }

  private func served(by compilation: Compilation) throws -> [String] {
    let declared = compilation.platform.platform?.spec.regions.map(\.name) ?? []
    guard let regions else { return declared }
    let unknown = regions.subtracting(declared)
    guard unknown.isEmpty else {
      throw Refused(
        description:
          "the platform declares no region `\(unknown.sorted().joined(separator: "`, `"))`; there are \(declared.joined(separator: ", "))"
      )
    }
    return declared.filter(regions.contains)
  }

  private func apply(_ commit: CommitInfo, _ compilation: Compilation, lookingForDrift: Bool) async throws -> String? {
    var failures: [String] = []
    let suspects = suspects
    self.suspects = [:]
    for region in try served(by: compilation) {
      do {
        let reconciler = reconciler(of: region)
        let signer = try await verify(commit, reconciler)
        if lastAccepted != commit.id {
          lastAccepted = commit.id
          observe(.accepted(commit, compilation))
        }
        let summary = try await reconciler.reconcile(commit, compilation, signer: signer)
        condition.summaries[region] = summary
        if summary.failed > 0 { failures.append("\(region): \(summary.failed) objects failed") }
        if lookingForDrift || suspects[region] != nil {
          let corrections = try await reconciler.correctDrift(
            commit, compilation, among: lookingForDrift ? nil : suspects[region])
          for correction in corrections { condition.drifted[correction.org, default: 0] += 1 }
        }
        if let generation = summary.generation { awaitHealth(generation, commit, reconciler) }
        follow(region, reconciler)
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        failures.append("\(region): \(error)")
      }
    }
    guard failures.isEmpty else { throw Refused(description: failures.joined(separator: "; ")) }
    await verification.note(commit.id, compilation)
    return commit.id
  }

  private func follow(_ region: String, _ reconciler: Reconciler) {
    guard isRunning, watches[region] == nil, options.isWatching else { return }
    watches[region] = Task { await reconciler.watch { id in await self.suspect(id, in: region) } }
  }

  /// Never in the way of the next commit, whose own wait takes its place.
  private func awaitHealth(_ generation: Int, _ commit: CommitInfo, _ reconciler: Reconciler) {
    guard isRunning else { return }
    healthWaits[reconciler.region]?.cancel()
    let patience = options.healthPatience
    healthWaits[reconciler.region] = Task { try? await reconciler.awaitHealth(generation, commit, for: patience) }
  }

  private func suspect(_ id: ObjectID, in region: String) {
    suspects[region, default: []].insert(id)
    wake()
  }

  /// Remembers what waits for approval.
  package func note(_ holds: [SyncPlan.Hold], digest: String, in region: String) {
    condition.held[region] = holds
    condition.heldDigests[region] = digest
  }

  private static func organizations(of compilation: Compilation) -> [OrganizationCondition] {
    compilation.units.map { unit in
      OrganizationCondition(
        org: unit.name, relays: unit.relays.count, keys: unit.keys.count,
        errors: compilation.diagnostics.count {
          $0.severity == .error && $0.primary.location.path.hasPrefix("orgs/\(unit.name)/")
        })
    }
  }

  private func record(
    _ action: AuditAction, key: String, commit: String? = nil, detail: String? = nil
  ) async throws {
    var entry = AuditEntry(time: now(), action: action, actor: AuditActor(user: "wpex"))
    entry.commit = commit
    entry.detail = detail
    let isOfProcess = action == .daemonStarted || action == .daemonStopped
    _ = try await audit.append([AuditAppend(key: isOfProcess ? "\(key)/\(UUID().uuidString)" : key, entry)])
  }

  /// Sleeps, unless somebody wakes it.
  private func sleep(_ seconds: Double) async {
    if isWoken {
      isWoken = false
      return
    }
    let alarm = Task {
      try? await Task.sleep(for: .seconds(seconds))
      self.ring()
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { wakers.append($0) }
    } onCancel: {
      alarm.cancel()
    }
    alarm.cancel()
    isWoken = false
  }

  private func ring() {
    for waker in wakers { waker.resume() }
    wakers = []
  }
}
