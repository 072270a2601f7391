package import AuditLog
package import ConfigCompiler
import ConfigModel
package import FleetMonitoring
import FoundationEssentials
package import StatusModel
import Synchronization

/// Latest snapshot, shared by all request handlers.
package final class CurrentSnapshot: Sendable {
  private let snapshot: Mutex<StatusSnapshot>

  init(_ snapshot: StatusSnapshot) { self.snapshot = Mutex(snapshot) }

  /// The latest snapshot.
  package var value: StatusSnapshot { snapshot.withLock { $0 } }

  /// Replaces the snapshot.
  func set(_ new: StatusSnapshot) { snapshot.withLock { $0 = new } }
}

/// Collects declarations, observations and sync reports, and publishes snapshots of them: at most one a second, and
/// only if something changed.
package actor SnapshotPublisher {
  /// Latest snapshot.
  package nonisolated let current: CurrentSnapshot
  /// Hub through which changes are published.
  package nonisolated let events: EventHub
  private var parts: StatusSnapshot.Parts
  private var isDirty = false
  private var pending: Set<StatusChange> = []
  private let now: @Sendable () -> Double
  private let expect: @Sendable (FleetExpectation) async -> Void
  private var lastTick = 0.0

  /// Most commits kept.
  private static let maxCommits = 200
  /// Seconds between calls of `Fleet.tick`.
  private static let tickSeconds = 10.0

  /// Creates a board without declarations.
  ///
  /// - Parameters:
  ///   - installation: facts that do not change while the server runs.
  ///   - events: hub through which changes are published.
  ///   - now: returns the current time in seconds since 1970.
  ///   - expect: called with the declared state, so that it is observed.
  package init(
    _ installation: Installation, events: EventHub,
    now: @escaping @Sendable () -> Double = { Date.now.timeIntervalSince1970 },
    expect: @escaping @Sendable (FleetExpectation) async -> Void = { _ in }
  ) {
    self.events = events
    self.now = now
    self.expect = expect
    parts = StatusSnapshot.Parts(time: now(), installation: installation)
    current = CurrentSnapshot(StatusSnapshot(parts, after: nil))
  }

  // MARK: - What comes in

  /// Sets the newest valid commit and the commits that are running, and publishes a snapshot.
  package func apply(_ compilation: Compilation, running: RunningCommits = RunningCommits()) async {
    let time = now()
    let model = DeclaredModel(compilation, running: running, now: Int64(time), reusing: parts.model)
    parts.model = model
    let expectation = model.expectation()
    parts.fleet.expect(expectation, at: time)
    isDirty = true
    await expect(expectation)
    await publish()
  }

  /// Sets the compilation of the newest commit, whether or not it is applied.
  package func note(head commit: String, _ compilation: Compilation) {
    parts.head = (commit, compilation)
    isDirty = true
  }

  /// Sets the state of the sync; nil if no daemon reports it.
  package func take(_ sync: SyncReport?) {
    guard parts.sync != sync else { return }
    parts.sync = sync
    if let sync { parts.fleet.observe(sync.observation, at: now()) }
    isDirty = true
  }

  /// Sets the commits of the followed branch, newest first.
  package func take(_ commits: [CommitRecord]) {
    guard parts.commits != commits else { return }
    parts.commits = Array(commits.prefix(Self.maxCommits))
    isDirty = true
  }

  /// Records an observation of a relay.
  package func observe(_ observation: RelayObservation) {
    parts.fleet.observe(observation)
    isDirty = true
  }

  /// Records the condition of a data source.
  package func observe(_ source: SourceCondition) {
    guard parts.fleet.sources[source.name]?.problem != source.problem || parts.fleet.sources[source.name] == nil else {
      return
    }
    parts.fleet.observe(source, at: now())
    isDirty = true
  }

  /// Restores diagnostic runs from before the start.
  ///
  /// - Parameter records: audit records, newest first.
  package func recall(_ records: [AuditRecord]) {
    for measurement in records.reversed().compactMap(Measurement.init) { parts.measurements.add(measurement) }
    isDirty = true
  }

  /// Records a history read from a metrics store, and drops those that are outdated.
  package func take(_ history: KeptHistory) {
    let time = now()
    parts.histories = parts.histories.filter { $0.value.holds(at: time) }
    parts.histories[history.subject] = history
    isDirty = true
  }

  /// Publishes that there are new audit records, and adds the diagnostic runs among them.
  ///
  /// - Parameter records: the new records, in order.
  package func noteAudit(_ records: [AuditRecord]) {
    for record in records {
      if let measurement = Measurement(record) {
        parts.measurements.add(measurement)
        isDirty = true
        pending.insert(
          StatusChange(
            .relays, .organization(measurement.relay.org), item: measurement.relay.description, needs: .metricsRead))
      }
      let owner = record.entry?.org.map { StatusChange.Owner.organization($0) } ?? .platform
      pending.insert(StatusChange(.audit, owner))
    }
  }

  // MARK: - What goes out

  /// Publishes every second until the task is cancelled, then closes the event hub.
  package func run() async {
    while !Task.isCancelled {
      let time = now()
      if time - lastTick >= Self.tickSeconds || time < lastTick {
        lastTick = time
        parts.fleet.tick(at: time)
        // Expiry of keys and tokens has a resolution of days.
        if let model = parts.model, model.day != CivilDate(unixSeconds: Int64(time)) {
          await apply(model.compilation, running: model.running)
        }
        isDirty = true
      }
      await publish()
      await events.tick(current.value)
      try? await Task.sleep(for: .seconds(1))
    }
    await events.close()
  }

  private func publish() async {
    var changes = pending
    pending = []
    let earlier = current.value
    if isDirty {
      isDirty = false
      parts.time = now()
      let snapshot = StatusSnapshot(parts, after: earlier)
      current.set(snapshot)
      changes.formUnion(snapshot.changes(since: earlier))
    }
    guard !changes.isEmpty else { return }
    await events.publish(changes, current.value)
  }
}
