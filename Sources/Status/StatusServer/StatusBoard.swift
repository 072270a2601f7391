package import AuditLog
package import ConfigCompiler
import ConfigModel
package import FleetMonitoring
import FoundationEssentials
package import StatusModel
import Synchronization

/// The newest snapshot, for whoever answers requests.
package final class CurrentSnapshot: Sendable {
  private let snapshot: Mutex<StatusSnapshot>

  init(_ snapshot: StatusSnapshot) { self.snapshot = Mutex(snapshot) }

  package var value: StatusSnapshot { snapshot.withLock { $0 } }

  func set(_ new: StatusSnapshot) { snapshot.withLock { $0 = new } }
}

/// Gathers what is declared, observed and said, and makes a snapshot of it: at most one a second, and only where something
/// changed.
package actor StatusBoard {
  package nonisolated let current: CurrentSnapshot
  package nonisolated let events: EventHub
  private var parts: StatusSnapshot.Parts
  private var isDirty = false
  private var pending: Set<StatusChange> = []
  private let mostReplicas: Int?
  private let now: @Sendable () -> Double
  private let expect: @Sendable (FleetExpectation) async -> Void
  private var lastTick = 0.0

  /// Commits that are kept.
  private static let mostCommits = 200
  /// Seconds between judgements of organizations, as `Fleet.tick` asks for.
  private static let tickSeconds = 10.0

  /// - Parameters:
  ///   - mostReplicas: instances of a relay where it runs, whatever is declared; nil for no bound.
  ///   - expect: told of what is declared, so that it is looked for.
  ///   - now: seconds since 1970.
  package init(
    _ installation: Installation, events: EventHub, mostReplicas: Int? = nil,
    now: @escaping @Sendable () -> Double = { Date.now.timeIntervalSince1970 },
    expect: @escaping @Sendable (FleetExpectation) async -> Void = { _ in }
  ) {
    self.events = events
    self.mostReplicas = mostReplicas
    self.now = now
    self.expect = expect
    parts = StatusSnapshot.Parts(time: now(), installation: installation)
    current = CurrentSnapshot(StatusSnapshot(parts, after: nil))
  }

  // MARK: - What comes in

  /// Takes the newest commit that counts, and what runs.
  package func apply(_ compilation: Compilation, running: RunningCommits = RunningCommits()) async {
    let time = now()
    let model = DeclaredModel(compilation, running: running, now: Int64(time), reusing: parts.model)
    parts.model = model
    let expectation = model.expectation(mostReplicas: mostReplicas)
    parts.fleet.expect(expectation, at: time)
    isDirty = true
    await expect(expectation)
    await publish()
  }

  /// Takes what the compiler found in the newest commit, whether or not it is applied.
  package func note(head commit: String, _ compilation: Compilation) {
    parts.head = (commit, compilation)
    isDirty = true
  }

  package func take(_ sync: SyncReport?) {
    guard parts.sync != sync else { return }
    parts.sync = sync
    if let sync { parts.fleet.observe(sync.observation, at: now()) }
    isDirty = true
  }

  /// Takes commits, newest first; those that are known already are replaced.
  package func take(_ commits: [CommitRecord]) {
    guard parts.commits != commits else { return }
    parts.commits = Array(commits.prefix(Self.mostCommits))
    isDirty = true
  }

  package func observe(_ observation: RelayObservation) {
    parts.fleet.observe(observation)
    isDirty = true
  }

  package func observe(_ source: SourceCondition) {
    guard parts.fleet.sources[source.name]?.problem != source.problem || parts.fleet.sources[source.name] == nil else {
      return
    }
    parts.fleet.observe(source, at: now())
    isDirty = true
  }

  /// Takes measurements of the time before; `records` are newest first.
  package func recall(_ records: [AuditRecord]) {
    for measurement in records.reversed().compactMap(Measurement.init) { parts.measurements.add(measurement) }
    isDirty = true
  }

  /// Takes what a store of metrics kept, and forgets what is too old to be shown.
  package func take(_ history: KeptHistory) {
    let time = now()
    parts.histories = parts.histories.filter { $0.value.holds(at: time) }
    parts.histories[history.subject] = history
    isDirty = true
  }

  /// Tells that the audit log has new records, in their order.
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

  /// Publishes every second, until the task is cancelled.
  package func run() async {
    while !Task.isCancelled {
      let time = now()
      if time - lastTick >= Self.tickSeconds || time < lastTick {
        lastTick = time
        parts.fleet.tick(at: time)
        // Expiry is a matter of days.
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
