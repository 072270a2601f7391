package import AuditLog
package import ConfigCompiler
import ConfigModel
import Diagnostics
import FoundationEssentials
package import GitStore
package import SyncEngine
package import DeploymentPlanning

/// Follows a repository and keeps regions at what it declares: steps 1 to 3 of a pass, and the rest through `Reconciler`.
///
/// A commit is verified before anything else of it is used. Whatever fails leaves everything at its last good state, which
/// is kept true meanwhile, and is tried again, after pauses that grow.
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
    package var healthTimeout = 300.0
    /// Seconds of the longest pause after a failure.
    package var maxPause = 300.0
    /// Seconds in which a pass must get on: without a step that ends, it fails.
    package var passTimeout = 900.0

    package init() {}
  }

  /// What the service is doing, for whoever asks.
  package struct Condition: Sendable {
    package var head: CommitInfo?
    package var problem: String?
    /// What else is wrong with the daemon, by what it is about.
    package var notices: [String: String] = [:]
    /// All that is wrong, to show.
    package var problems: String? {
      let all = [problem].compactMap { $0 } + notices.sorted { $0.key < $1.key }.map(\.value)
      return all.isEmpty ? nil : all.joined(separator: "; ")
    }
    /// Passes that failed one after another.
    package var failures = 0
    package var passes = 0
    package var summaries: [String: PassSummary] = [:]
    package var organizations: [OrganizationCondition] = []
    /// Objects of each organization that had been changed outside wpex and were put right.
    package var drifted: [String: Int] = [:]

    /// What waits for approval in a region.
    package func holds(in region: String) -> [SyncPlan.Hold] { summaries[region]?.holds ?? [] }
    package var isAnythingHeld: Bool { summaries.values.contains { !$0.holds.isEmpty } }
    /// Why an organization does not follow the applied commit though it has no errors; nil if it does.
    package func failure(of org: String) -> String? {
      summaries.sorted { $0.key < $1.key }.lazy.compactMap { $0.value.failures[org] }.first
    }
  }

  package struct OrganizationCondition: Sendable, Equatable {
    package let org: String
    package let relays: Int
    package let keys: Int
    package let errors: Int
    /// Whether its errors keep it at its last good state.
    package let isKept: Bool

    package init(org: String, relays: Int = 0, keys: Int = 0, errors: Int = 0, isKept: Bool = false) {
      self.org = org
      self.relays = relays
      self.keys = keys
      self.errors = errors
      self.isKept = isKept
    }
  }

  /// What a pass came to.
  package struct PassOutcome: Sendable {
    /// The commit that is applied everywhere without any failure; nil if something failed.
    package var applied: String?
    /// Why the newest commit, or a part of what it declares, is not applied.
    package var problem: Refused?
  }

  /// A commit that was verified and whose platform has no errors: everything goes by it.
  private struct InForce {
    let commit: CommitInfo
    var compilation: Compilation
    let signer: String?
  }

  private let source: any RepositorySource
  private let compiler: IncrementalCompiler
  private let acceptance: CommitAcceptance
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
  private var inForce: InForce?
  /// A commit that cannot be applied as it is, and why.
  private var refusal: (commit: String, reason: String)?
  /// The commit that was applied without any failure.
  private var applied: String?
  private var watches: [String: Task<Void, Never>] = [:]
  private var healthWaits: [String: Task<Void, Never>] = [:]
  /// Objects that may have been changed outside wpex, by their regions.
  private var suspects: [String: Set<ObjectID>] = [:]
  private let pulse: Pulse
  /// Whether the audit log was seen to be the one that the regions' states remember.
  private var isLogCompared = false

  package enum ServiceEvent: Sendable {
    case fetched(CommitInfo, source: String)
    /// The first commit ever was accepted, for the reason that is given.
    case trusted(CommitInfo, basis: String)
    /// A verified commit was compiled.
    case compiled(CommitInfo, Compilation)
    /// It may be applied: what it declares holds from now on.
    case accepted(CommitInfo, Compilation)
    case refused(CommitInfo, reason: String)
    case failed(reason: String, pause: Double)
    /// A pass went through without any failure, whether there was anything to do or not.
    case looked
  }

  /// Why a pass did not apply everything.
  package struct Refused: Error, Sendable, CustomStringConvertible {
    package let description: String
    /// What could not be read or reached; nil if what is declared is at fault.
    package var cause: (any Error)?
  }

  /// - Parameters:
  ///   - regions: those that this service serves; nil for all that are declared.
  ///   - pulse: shows whether `run` goes on. The caller that makes the reconcilers reports what they do to it.
  package init(
    source: any RepositorySource, regions: Set<String>?, audit: any AuditStore, states: any StateStore,
    trust: TrustPolicy = TrustPolicy(), options: Options,
    makeReconciler: @escaping @Sendable (String) -> Reconciler,
    now: @escaping @Sendable () -> Int64 = { Int64(Date.now.timeIntervalSince1970 * 1_000) }, pulse: Pulse = Pulse(),
    observe: @escaping @Sendable (ServiceEvent) -> Void = { _ in }
  ) {
    self.source = source
    compiler = IncrementalCompiler(source.repository)
    acceptance = CommitAcceptance(source: source, store: states, audit: audit, trust: trust, now: now)
    self.regions = regions
    self.makeReconciler = makeReconciler
    self.audit = audit
    self.options = options
    self.now = now
    self.pulse = pulse
    self.observe = observe
  }

  /// Says what else is wrong with the daemon, or with nil that it is right again.
  package func note(_ text: String?, about what: String) { condition.notices[what] = text }

  /// Looks at the repository at once.
  package func wake() {
    isWoken = true
    ring()
  }

  /// Runs until the task is cancelled; the object under way is finished first.
  package func run() async {
    isRunning = true
    defer { isRunning = false }
    // Another daemon may have led since this one did.
    reconcilers = [:]
    applied = nil
    inForce = nil
    refusal = nil
    isLogCompared = false
    await acceptance.reload()
    defer { pulse.end() }
    do {
      try await compareLog()
      try await record(.daemonStarted, key: "started")
    } catch {
      // The first pass fails for the same reason, and says it.
    }
    var lastDrift = ContinuousClock.now
    while !Task.isCancelled {
      var pause = options.interval * (1 + .random(in: -options.jitter...options.jitter))
      do {
        let isDriftDue = ContinuousClock.now - lastDrift >= .seconds(options.driftInterval)
        if let problem = try await watchedPass(lookingForDrift: isDriftDue).problem { throw problem }
        if isDriftDue { lastDrift = .now }
        condition.failures = 0
        condition.problem = refusal?.reason
        observe(.looked)
      } catch is CancellationError {
        break
      } catch {
        condition.failures += 1
        let growing = min(options.maxPause, pow2(min(condition.failures, 12)) / 2)
        pause = min(growing, max(options.interval, 1)) * .random(in: 0.75...1.25)
        condition.problem = "\(error)"
        observe(.failed(reason: "\(error)", pause: pause))
      }
      pulse.begin("waiting for its next look", within: pause + options.passTimeout)
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

  // MARK: - A pass

  /// A pass that is cancelled, and fails, if it does not get on.
  private func watchedPass(lookingForDrift: Bool) async throws -> PassOutcome {
    pulse.begin("beginning a pass", within: options.passTimeout)
    return try await withThrowingTaskGroup(of: PassOutcome?.self) { group in
      group.addTask { try await self.pass(lookingForDrift: lookingForDrift) }
      func watch() {
        group.addTask { [pulse] in
          while let left = pulse.remaining, left > .zero, !Task.isCancelled {
            try? await Task.sleep(for: min(left, .seconds(1)))
          }
          return nil
        }
      }
      watch()
      defer { group.cancelAll() }
      while let first = try await group.next() {
        if let outcome = first { return outcome }
        guard let doing = pulse.stalled() else {
          if !Task.isCancelled { watch() }
          continue
        }
        let stalled = Refused(
          description: "the pass did not get on for \(Int(options.passTimeout)) s while it was \(doing)")
        // Said before it is waited for: what hangs may take its time to break off.
        condition.problem = stalled.description
        group.cancelAll()
        _ = try? await group.next()
        throw stalled
      }
      throw CancellationError()
    }
  }

  /// Sees that the audit log is the one that the regions' states remember, before anything is appended to it.
  private func compareLog() async throws {
    guard !isLogCompared else { return }
    for region in try await acceptance.current()?.regions ?? [] where regions?.contains(region) ?? true {
      _ = try await reconciler(of: region).current()
    }
    isLogCompared = true
  }

  /// One pass over all regions: fetch, verify, compile, and reconcile what is in force.
  ///
  /// If the newest commit cannot be had or does not count, what is in force is reconciled all the same: drift is corrected
  /// and expired keys leave.
  ///
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
    do {
      try await advance()
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      problems.append("\(error)")
      if !(error is CommitAcceptance.Refusal) { cause = error }
      do {
        try await restore()
      } catch {
        // What was in force before cannot be had either; the reason for that is of no use to whoever mends the first.
      }
    }
    guard let current = inForce else { return PassOutcome(problem: problem(problems, cause)) }
    let isIdle = current.commit.id == applied && !lookingForDrift && suspects.isEmpty && !condition.isAnythingHeld
    if !isIdle { problems += try await apply(current, lookingForDrift: lookingForDrift) }
    return PassOutcome(applied: applied, problem: problem(problems, cause))
  }

  private func problem(_ reasons: [String], _ cause: (any Error)?) -> Refused? {
    reasons.isEmpty ? nil : Refused(description: reasons.joined(separator: "; "), cause: cause)
  }

  /// Steps 1 to 3 for the newest commit: it is fetched and verified, and comes into force if its platform has no errors.
  ///
  /// - Throws: Why it does not, unless that is known already; then what was in force stays.
  private func advance() async throws {
    pulse.begin("fetching the repository", within: options.passTimeout)
    let commit = try await source.newest()
    let isNews = commit.id != condition.head?.id
    condition.head = commit
    if commit.id == inForce?.commit.id {
      refusal = nil
      return
    }
    if let refusal, refusal.commit == commit.id {
      if inForce == nil { try await restore() }
      return
    }
    if isNews { observe(.fetched(commit, source: source.description)) }
    let verified: CommitAcceptance.Verified
    do {
      pulse.begin("verifying commit \(commit.id.prefix(12))", within: options.passTimeout)
      verified = try await acceptance.verify(commit)
    } catch let refused as CommitAcceptance.Refusal {
      if isNews { observe(.refused(commit, reason: refused.description)) }
      try await record(
        refused.action, key: Self.key(refused.action, commit), commit: commit.id, detail: refused.description)
      throw refused
    }
    // In a collision, whoever has something in what is in force keeps it.
    pulse.begin("compiling commit \(commit.id.prefix(12))", within: options.passTimeout)
    let compilation = try await compiler.compile(commit, now: now() / 1_000, base: inForce?.compilation)
    observe(.compiled(commit, compilation))
    guard compilation.faults != .platform else {
      let errors = compilation.diagnostics.count { $0.severity == .error }
      let reason =
        "the platform has \(errors) \(errors == 1 ? "error" : "errors"); everything stays at its last good state"
      observe(.refused(commit, reason: reason))
      try await record(.rejectedInvalid, key: "invalid/\(commit.id)", commit: commit.id, detail: reason)
      refusal = (commit.id, reason)
      if inForce == nil { try await restore() }
      return
    }
    refusal = nil
    let declared = compilation.platform.platform?.spec.regions.map(\.name) ?? []
    try await acceptance.accept(verified, regions: declared.filter { regions?.contains($0) ?? true })
    if let basis = verified.basis { observe(.trusted(commit, basis: basis)) }
    bringIntoForce(InForce(commit: commit, compilation: compilation, signer: verified.signer))
  }

  /// After a start: what was in force before, if the newest commit is not to be had or does not count.
  private func restore() async throws {
    guard inForce == nil, let id = try await acceptance.current()?.commit else { return }
    let commit = try await source.repository.commit(id)
    let compilation = try await compiler.compile(commit, now: now() / 1_000)
    guard compilation.faults != .platform else { return }
    bringIntoForce(InForce(commit: commit, compilation: compilation, signer: nil))
  }

  private func bringIntoForce(_ current: InForce) {
    inForce = current
    condition.organizations = Self.organizations(of: current.compilation)
    observe(.accepted(current.commit, current.compilation))
  }

  private static func key(_ action: AuditAction, _ commit: CommitInfo) -> String {
    switch action {
    case .rejectedUnsigned: "unsigned/\(commit.id)"
    case .rejectedUnauthorized: "unauthorized/\(commit.id)"
    default: "rejected/\(commit.id)"
    }
  }

  // MARK: - Regions

  private func reconciler(of region: String) -> Reconciler {
    if let known = reconcilers[region] { return known }
    let made = makeReconciler(region)
    reconcilers[region] = made
    return made
  }

  /// The regions to reconcile: those that are declared, and those that left the declaration and still have objects, so that
  /// these are planned, held and pruned like everything else.
  private func served(by compilation: Compilation) async throws -> [String] {
    let declared = compilation.platform.platform?.spec.regions.map(\.name) ?? []
    let left = try await acceptance.current()?.regions.filter { !declared.contains($0) } ?? []
    guard let regions else { return declared + left }
    let unknown = regions.subtracting(declared).subtracting(left)
    guard unknown.isEmpty else {
      throw Refused(
        description:
          "the platform declares no region `\(unknown.sorted().joined(separator: "`, `"))`; there are \(declared.joined(separator: ", "))"
      )
    }
    return (declared + left).filter(regions.contains)
  }

  /// - Returns: What failed, region by region.
  private func apply(_ current: InForce, lookingForDrift: Bool) async throws -> [String] {
    // Time passes: keys expire between commits.
    let today = Timestamp(unixSeconds: now() / 1_000).day
    let compilation = try await compiled(current, on: today)
    var failures: [String] = []
    let suspects = suspects
    self.suspects = [:]
    let served: [String]
    do {
      served = try await self.served(by: compilation)
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      return ["\(error)"]
    }
    for region in served {
      do {
        pulse.begin("applying region \(region)", within: options.passTimeout)
        let reconciler = reconciler(of: region)
        let summary = try await reconciler.reconcile(
          current.commit, compilation, on: today, signer: current.signer)
        condition.summaries[region] = summary
        if summary.isEmptied, compilation.platform.platform?.spec.region(region) == nil {
          try await acceptance.forget(region)
          condition.summaries[region] = nil
          watches.removeValue(forKey: region)?.cancel()
          continue
        }
        if summary.failed > 0 { failures.append("\(region): \(Self.count(summary.failed, "object")) failed") }
        for (org, reason) in summary.failures.sorted(by: { $0.key < $1.key }) {
          failures.append("\(region): \(org): \(reason)")
        }
        if lookingForDrift || suspects[region] != nil {
          let report = try await reconciler.correctDrift(
            current.commit, among: lookingForDrift ? nil : suspects[region])
          for correction in report.corrections { condition.drifted[correction.org, default: 0] += 1 }
          failures += report.failures.map { "\(region): \($0.id) cannot be put right: \($0.reason)" }
        }
        if let generation = summary.generation { awaitHealth(generation, current.commit, reconciler) }
        follow(region, reconciler)
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        failures.append("\(region): \(error)")
      }
    }
    condition.summaries = condition.summaries.filter { served.contains($0.key) }
    applied = failures.isEmpty ? current.commit.id : nil
    return failures
  }

  /// What is in force, judged as of today.
  private func compiled(_ current: InForce, on today: CivilDate) async throws -> Compilation {
    guard today != current.compilation.now.day else { return current.compilation }
    let compilation = try await compiler.compile(
      current.commit, now: now() / 1_000, base: current.compilation)
    // If the platform has errors by the passing of time alone, what was in force stays, and expired keys leave it.
    guard compilation.faults != .platform else { return current.compilation }
    inForce?.compilation = compilation
    condition.organizations = Self.organizations(of: compilation)
    observe(.accepted(current.commit, compilation))
    return compilation
  }

  private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

  private func follow(_ region: String, _ reconciler: Reconciler) {
    guard isRunning, watches[region] == nil, options.isWatching else { return }
    watches[region] = Task { await reconciler.watch { id in await self.suspect(id, in: region) } }
  }

  /// Never in the way of the next commit, whose own wait takes its place.
  private func awaitHealth(_ generation: Int, _ commit: CommitInfo, _ reconciler: Reconciler) {
    guard isRunning else { return }
    healthWaits[reconciler.region]?.cancel()
    let timeout = options.healthTimeout
    healthWaits[reconciler.region] = Task { try? await reconciler.awaitHealth(generation, commit, for: timeout) }
  }

  private func suspect(_ id: ObjectID, in region: String) {
    suspects[region, default: []].insert(id)
    wake()
  }

  private static func organizations(of compilation: Compilation) -> [OrganizationCondition] {
    let faults = compilation.faults
    return compilation.units.map { unit in
      OrganizationCondition(
        org: unit.name, relays: unit.relays.count, keys: unit.keys.count,
        errors: compilation.errors(of: unit.name), isKept: faults.contain(unit.name))
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

  // MARK: - Waiting

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
