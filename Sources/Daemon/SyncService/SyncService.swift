package import AuditLog
import ConfigCompiler
package import ConfigModel
import FoundationEssentials
import GitStore
package import SyncEngine
import DeploymentPlanning

/// Loop of a daemon: follows a repository and keeps regions at what the commit in force declares. `pass` shows the steps.
///
/// A commit is verified before anything else of it is used. Whatever fails leaves everything at its last good state, where
/// drift is still corrected, and is tried again after growing pauses.
package actor SyncService {
  /// Settings of the loop.
  package struct Options: Sendable {
    /// Seconds between passes.
    package var interval = 30.0
    /// The share of `interval` by which each pause varies at random, up or down.
    package var jitter = 0.1
    /// Seconds between checks of all objects for drift.
    package var driftInterval = 60.0
    /// Whether the target is watched for changes between those checks.
    package var isWatching = true
    /// Seconds until relays of a generation that are not healthy are recorded.
    package var healthTimeout = 300.0
    /// The longest pause after failures, in seconds.
    package var maxPause = 300.0
    /// Seconds without progress after which a pass is cancelled and has failed.
    package var passTimeout = 900.0

    package init() {}
  }

  let source: any RepositorySource
  let compiler: IncrementalCompiler
  let acceptance: CommitAcceptance
  let regions: Set<String>?
  let inCluster: @Sendable (PlatformSpec) -> [String]
  let makeReconciler: @Sendable (String) -> Reconciler
  var reconcilers: [String: Reconciler] = [:]
  private let audit: any AuditStore
  let options: Options
  let onEvent: @Sendable (SyncEvent) -> Void
  let now: @Sendable () -> Int64
  /// What the service is doing now.
  package internal(set) var condition = Condition()
  private var wakers: [CheckedContinuation<Void, Never>] = []
  private var isWoken = false
  var isRunning = false
  /// The commit that all regions follow; nil before the first one.
  var inForce: InForce?
  /// The newest commit, if its platform has errors, and the reason.
  var refusal: (commit: String, reason: String)?
  /// The commit that was applied to all regions without any failure.
  var applied: String?
  /// The day on which regions were reconciled last; nil before the first time.
  var reconciledDay: CivilDate?
  var watches: [String: Task<Void, Never>] = [:]
  var healthWaits: [String: Task<Void, Never>] = [:]
  /// Objects that may have been changed outside wpex, by region.
  var suspects: [String: Set<ObjectID>] = [:]
  let pulse: Pulse
  /// Whether the audit log was compared with what the regions' states remember of it.
  var isLogCompared = false

  /// Returns all declared regions: those of a target that is the only one.
  @Sendable package static func allRegions(_ platform: PlatformSpec) -> [String] { platform.regions.map(\.name) }

  /// - Parameters:
  ///   - regions: the regions that this service serves; nil for all that are declared.
  ///   - inCluster: returns the declared regions that are in the service's target; all by default.
  ///   - audit: the log in which everything is recorded.
  ///   - states: the store of the accepted commit.
  ///   - trust: what a first start trusts.
  ///   - makeReconciler: makes the reconciler of a region.
  ///   - now: returns milliseconds since 1970.
  ///   - pulse: shows whether `run` makes progress. Reconcilers' events must reach it too.
  ///   - onEvent: called with everything that happens to the repository and to passes.
  package init(
    source: any RepositorySource, regions: Set<String>?, audit: any AuditStore, states: any StateStore,
    trust: TrustPolicy = TrustPolicy(), options: Options,
    inCluster: @escaping @Sendable (PlatformSpec) -> [String] = allRegions,
    makeReconciler: @escaping @Sendable (String) -> Reconciler,
    now: @escaping @Sendable () -> Int64 = AuditClock.now, pulse: Pulse = Pulse(),
    onEvent: @escaping @Sendable (SyncEvent) -> Void = { _ in }
  ) {
    self.source = source
    compiler = IncrementalCompiler(source.repository)
    acceptance = CommitAcceptance(source: source, store: states, audit: audit, trust: trust, now: now)
    self.regions = regions
    self.inCluster = inCluster
    self.makeReconciler = makeReconciler
    self.audit = audit
    self.options = options
    self.now = now
    self.pulse = pulse
    self.onEvent = onEvent
  }

  /// Sets a fault of the daemon outside its passes, which the condition then shows.
  ///
  /// - Parameters:
  ///   - text: the fault; nil if it is over.
  ///   - what: the part of the daemon.
  package func recordNotice(_ text: String?, about what: String) { condition.notices[what] = text }

  /// Begins the next pass at once, or right after the one under way.
  package func wake() {
    isWoken = true
    ring()
  }

  /// Makes passes until the task is cancelled. The object under way is finished first.
  package func run() async {
    isRunning = true
    defer { isRunning = false }
    // Another daemon may have led in the meantime.
    for reconciler in reconcilers.values { await reconciler.end() }
    reconcilers = [:]
    applied = nil
    reconciledDay = nil
    inForce = nil
    refusal = nil
    isLogCompared = false
    await acceptance.reload()
    defer { pulse.end() }
    do {
      try await compareLog()
      try await record(.daemonStarted, key: "started")
    } catch {
      // The first pass fails for the same reason, and reports it.
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
        onEvent(.passSucceeded)
      } catch is CancellationError {
        break
      } catch {
        condition.failures += 1
        let growing = min(options.maxPause, pow2(min(condition.failures, 12)) / 2)
        pause = min(growing, max(options.interval, 1)) * .random(in: 0.75...1.25)
        condition.problem = "\(error)"
        onEvent(.passFailed(reason: "\(error)", pause: pause))
      }
      pause = min(pause, secondsUntilTomorrow)
      pulse.begin("waiting for its next look", within: pause + options.passTimeout)
      await sleep(pause)
    }
    let helpers = Array(watches.values) + Array(healthWaits.values)
    for helper in helpers { helper.cancel() }
    for helper in helpers { await helper.value }
    watches = [:]
    healthWaits = [:]
    for reconciler in reconcilers.values { await reconciler.end() }
    try? await record(.daemonStopped, key: "stopped")
  }

  private func pow2(_ exponent: Int) -> Double { Double(1 << exponent) }

  // MARK: - Passes

  /// A pass that is cancelled and fails if it makes no progress for `Options.passTimeout`.
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
        // Shown before the wait: whatever hangs may need a while until it ends.
        condition.problem = stalled.description
        group.cancelAll()
        _ = try? await group.next()
        throw stalled
      }
      throw CancellationError()
    }
  }

  func record(
    _ action: AuditAction, key: String, commit: String? = nil, detail: String? = nil
  ) async throws {
    var entry = AuditEntry(time: now(), action: action, actor: AuditActor(user: "wpex"))
    entry.commit = commit
    entry.detail = detail
    let isOfProcess = action == .daemonStarted || action == .daemonStopped
    _ = try await audit.append([AuditAppend(key: isOfProcess ? "\(key)/\(UUID().uuidString)" : key, entry)])
  }

  // MARK: - Waiting

  /// The day by which keys expire.
  var today: CivilDate { Timestamp(unixSeconds: now() / 1_000).day }

  /// Seconds until keys may expire: each does at the end of a day.
  private var secondsUntilTomorrow: Double {
    let day: Int64 = 86_400_000
    let left = day - ((now() % day) + day) % day
    return Double(left) / 1_000
  }

  /// Sleeps until `wake` is called or the time is over.
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
