package import TextFormats
package import SyncEngine
import DeploymentPlanning
import Synchronization

/// Metrics of a daemon, counted from its events.
package final class SyncMetrics: Sendable {
  private struct State {
    var passes: [String: [UInt64]] = [:]
    var passSeconds: [String: Double] = [:]
    var outcomes: [Outcome: Double] = [:]
    var drift: [String: Double] = [:]
    var inForce: [String: [UInt64]] = [:]
    var inForceSeconds: [String: Double] = [:]
    var notInForce: [String: Double] = [:]
    var held: [String: Double] = [:]
    var applied: [String: (commit: String, at: Double)] = [:]
    var failures = 0.0
    /// By cluster; the empty name is that of a daemon without clusters, or with one.
    var looked: [String: Double] = [:]
    var webhooks: [String: Double] = [:]
    var leads: [String: Bool] = ["": true]
    var checkpoint: Int64?
    var isAuditBroken = false
  }

  private struct Outcome: Hashable, Comparable {
    let region: String
    let outcome: String
    static func < (left: Outcome, right: Outcome) -> Bool {
      (left.region, left.outcome) < (right.region, right.outcome)
    }
  }

  private let state = Mutex(State())
  private static let bounds = [0.1, 0.5, 1, 2, 5, 10, 30, 60, 300]
  private static let inForceBounds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120]

  /// Histogram of the duration of a region's pass.
  package static let duration = MetricDescription(
    "wpex_sync_reconcile_seconds", .histogram, "Time of a region's pass.", labels: ["region"])
  /// Objects by outcome.
  package static let objects = MetricDescription(
    "wpex_sync_objects_total", .counter, "Objects by what a pass did to them.", labels: ["region", "outcome"])
  /// Corrections of drift.
  package static let drift = MetricDescription(
    "wpex_sync_drift_corrections_total", .counter, "Objects that were changed outside wpex and were reverted.",
    labels: ["region"])
  /// Histogram of the time until a relay's files are in force.
  package static let inForce = MetricDescription(
    "wpex_sync_in_force_seconds", .histogram,
    "Time from the application of a relay's files until every instance has them in force.", labels: ["region"])
  /// Relays whose files are not in force.
  package static let notInForce = MetricDescription(
    "wpex_sync_relays_not_in_force", .gauge,
    "Relays of which an instance has not had the applied files in force for ten seconds.", labels: ["region"])
  /// Steps that wait for approval.
  package static let held = MetricDescription(
    "wpex_sync_held_steps", .gauge, "Steps that wait for approval.", labels: ["region"])
  /// Time of the last apply.
  package static let appliedTime = MetricDescription(
    "wpex_sync_last_applied_timestamp_seconds", .gauge, "When a commit was applied last.", labels: ["region"])
  /// The applied commit.
  package static let appliedCommit = MetricDescription(
    "wpex_sync_last_applied_info", .gauge, "Always 1; the label names the commit that is applied.",
    labels: ["region", "commit"])
  /// Failed passes.
  package static let failures = MetricDescription(
    "wpex_sync_failed_passes_total", .counter, "Passes that could not do their work and are tried again.")
  /// Time of the last pass without a failure.
  package static let lookedTime = MetricDescription(
    "wpex_sync_last_look_timestamp_seconds", .gauge,
    "When a pass last went through without any failure, whether there was anything to do or not. The label names "
      + "the cluster if the daemon has a kubeconfig.", labels: ["cluster"])
  /// Notices of pushes by outcome.
  package static let webhooks = MetricDescription(
    "wpex_sync_webhooks_total", .counter, "Notices of pushes, by outcome.", labels: ["outcome"])
  /// Whether this daemon applies.
  package static let leader = MetricDescription(
    "wpex_sync_leader", .gauge,
    "1 if this daemon is the one that applies. The label names the cluster if the daemon has a kubeconfig.",
    labels: ["cluster"])
  /// Record of the last checkpoint.
  package static let checkpoint = MetricDescription(
    "wpex_sync_audit_checkpoint_sequence", .gauge, "The record at which a checkpoint was signed last.")
  /// Whether the audit log was changed outside wpex.
  package static let auditBroken = MetricDescription(
    "wpex_sync_audit_broken", .gauge, "1 if the audit log was found to have been changed outside wpex.")

  /// All metrics, in the order of the text.
  package static let all = [
    duration, objects, drift, inForce, notInForce, held, appliedTime, appliedCommit, failures, lookedTime, webhooks,
    leader, checkpoint,
    auditBroken,
  ]

  package init() {}

  /// Counts an event.
  ///
  /// - Parameters:
  ///   - now: seconds since 1970.
  ///   - cluster: the cluster of the session that has it; empty if there is only one.
  package func record(_ event: SyncEvent, now: Double, cluster: String = "") {
    state.withLock { state in
      func add(_ region: String, _ outcome: String, _ number: Int = 1) {
        state.outcomes[Outcome(region: region, outcome: outcome), default: 0] += Double(number)
      }
      switch event {
      case .stepDone(let region, let step, let outcome):
        add(region, outcome?.rawValue ?? (step.action == .delete ? "deleted" : "updated"))
      case .stepFailed(let region, _, _): add(region, "failed")
      case .driftCorrected(let region, _): state.drift[region, default: 0] += 1
      case .inForce(let region, _, let relay):
        let seconds = Double((relay.inForceAt ?? relay.appliedAt) - relay.appliedAt) / 1_000
        let place = Self.inForceBounds.firstIndex { seconds <= $0 } ?? Self.inForceBounds.count
        state.inForce[region, default: Array(repeating: 0, count: Self.inForceBounds.count + 1)][place] += 1
        state.inForceSeconds[region, default: 0] += max(0, seconds)
      case .health(let health):
        let time = Int64(now * 1_000)
        state.notInForce = health.mapValues { relays in
          Double(relays.count { $0.inForce?.state(at: time) == .notInForce })
        }
      case .finished(let region, let summary):
        let place = Self.bounds.firstIndex { summary.seconds <= $0 } ?? Self.bounds.count
        state.passes[region, default: Array(repeating: 0, count: Self.bounds.count + 1)][place] += 1
        state.passSeconds[region, default: 0] += summary.seconds
        state.held[region] = Double(summary.held)
        state.applied[region] = (summary.commit, now)
        add(region, "unchanged", summary.unchanged)
      case .passFailed: state.failures += 1
      case .passSucceeded: state.looked[cluster] = now
      case .checkpointSigned(let record): state.checkpoint = record
      case .auditBroken: state.isAuditBroken = true
      case .fetched, .trusted, .compiled, .accepted, .refused, .started, .planned, .held, .organizationPinned,
        .organizationFailed, .notInForce, .document, .warning:
        break
      }
    }
  }

  /// Counts a notice of a push by its outcome, such as `accepted` or `unsigned`.
  package func countWebhook(_ outcome: String) { state.withLock { $0.webhooks[outcome, default: 0] += 1 } }
  /// Sets whether this daemon is the one that applies, in a cluster; the empty name is that of the only one.
  package func setLeader(_ isLeader: Bool, cluster: String = "") {
    state.withLock { state in
      if !cluster.isEmpty { state.leads[""] = nil }
      state.leads[cluster] = isLeader
    }
  }

  private static func byCluster(_ values: [String: Double]) -> [([String], Double)] {
    values.sorted { $0.key < $1.key }.map { ($0.key.isEmpty ? [] : [$0.key], $0.value) }
  }

  /// The metrics in Prometheus' text format.
  package var text: String {
    let state = state.withLock { $0 }
    var writer = MetricsWriter()
    let regions = state.passes.sorted { $0.key < $1.key }
    writer.writeHistograms(
      Self.duration, bounds: Self.bounds,
      regions.map { ([$0.key], $0.value, state.passSeconds[$0.key] ?? 0) })
    writer.write(
      Self.objects, state.outcomes.sorted { $0.key < $1.key }.map { ([$0.key.region, $0.key.outcome], $0.value) })
    writer.write(Self.drift, state.drift.sorted { $0.key < $1.key }.map { ([$0.key], $0.value) })
    writer.writeHistograms(
      Self.inForce, bounds: Self.inForceBounds,
      state.inForce.sorted { $0.key < $1.key }.map { ([$0.key], $0.value, state.inForceSeconds[$0.key] ?? 0) })
    writer.write(Self.notInForce, state.notInForce.sorted { $0.key < $1.key }.map { ([$0.key], $0.value) })
    writer.write(Self.held, state.held.sorted { $0.key < $1.key }.map { ([$0.key], $0.value) })
    let applied = state.applied.sorted { $0.key < $1.key }
    writer.write(Self.appliedTime, applied.map { ([$0.key], $0.value.at.rounded()) })
    writer.write(Self.appliedCommit, applied.map { ([$0.key, $0.value.commit], 1) })
    writer.write(Self.failures, state.failures)
    writer.write(Self.lookedTime, Self.byCluster(state.looked.mapValues { $0.rounded() }))
    writer.write(Self.webhooks, state.webhooks.sorted { $0.key < $1.key }.map { ([$0.key], $0.value) })
    writer.write(Self.leader, Self.byCluster(state.leads.mapValues { $0 ? 1 : 0 }))
    writer.write(Self.checkpoint, state.checkpoint.map { [([], Double($0))] } ?? [])
    writer.write(Self.auditBroken, state.isAuditBroken ? 1 : 0)
    return writer.text
  }
}
