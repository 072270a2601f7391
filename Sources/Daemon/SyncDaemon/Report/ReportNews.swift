package import SyncEngine
import DeploymentPlanning
import SyncService
import Synchronization

/// Filter for events that are news: passes that find the same report it every time, and a log shows it once. A finding that
/// was gone and comes back is news again.
package final class ReportNews: Sendable {
  private struct State {
    var failure: String?
    /// Findings by region: of the last pass that ended, and of the one under way.
    var last: [String: [String: String]] = [:]
    var current: [String: [String: String]] = [:]
  }

  private let state = Mutex(State())

  /// Creates a filter that has seen nothing.
  package init() {}

  /// Whether an event is news, which it is not any more after this call.
  package func isNews(_ event: SyncEvent) -> Bool {
    switch event {
    case .passFailed(let reason, _):
      return state.withLock { state in
        defer { state.failure = reason }
        return state.failure != reason
      }
    case .passSucceeded:
      state.withLock { $0.failure = nil }
      return true
    case .started(let region, _):
      state.withLock { $0.current[region] = [:] }
      return true
    case .planned(let region, let plan):
      guard plan.steps.isEmpty else { return true }
      return recordFinding(region, "plan", "\(plan.digest) \(plan.heldSteps.count)")
    case .held(let region, let hold, let digest):
      return recordFinding(region, "held \(hold.org) \(hold.explanation)", digest)
    case .organizationPinned(let region, let org, let errors): return recordFinding(region, "kept \(org)", "\(errors)")
    case .organizationFailed(let region, let org, let reason):
      return recordFinding(region, "failed \(org) \(reason)", "")
    case .stepFailed(let region, let step, let failure):
      return recordFinding(region, "step \(step.id)", failure.description)
    case .finished(let region, let summary):
      let didNothing = summary.created + summary.updated + summary.deleted == 0
      let isNews = recordFinding(region, "finished", summary.text)
      state.withLock { $0.last[region] = $0.current[region] }
      return !didNothing || isNews
    default: return true
    }
  }

  /// Records a finding of the pass under way.
  ///
  /// - Returns: Whether the region's last pass did not find the same.
  private func recordFinding(_ region: String, _ what: String, _ text: String) -> Bool {
    state.withLock { state in
      state.current[region, default: [:]][what] = text
      return state.last[region]?[what] != text
    }
  }
}
