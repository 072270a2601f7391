import SyncEngine
import DeploymentPlanning
import SyncService
import Synchronization

/// Which reports are news: a pass that finds what the last one found says it again, and a log says it once. What was over
/// and comes back is news again.
final class ReportNews: Sendable {
  private struct State {
    var failure: String?
    /// What passes found, by region: the last one that ended, and the one under way.
    var last: [String: [String: String]] = [:]
    var current: [String: [String: String]] = [:]
  }

  private let state = Mutex(State())

  func isNews(_ report: SyncSession.Report) -> Bool {
    switch report {
    case .service(.failed(let reason, _)):
      return state.withLock { state in
        defer { state.failure = reason }
        return state.failure != reason
      }
    case .service(.looked):
      state.withLock { $0.failure = nil }
      return true
    case .sync(let event): return isNews(event)
    default: return true
    }
  }

  private func isNews(_ event: SyncEvent) -> Bool {
    switch event {
    case .started(let region, _):
      state.withLock { $0.current[region] = [:] }
      return true
    case .planned(let region, let plan):
      guard plan.steps.isEmpty else { return true }
      return note(region, "plan", "\(plan.digest) \(plan.heldSteps.count)")
    case .held(let region, let hold, let digest):
      return note(region, "held \(hold.org) \(hold.explanation)", digest)
    case .organizationKept(let region, let org, let errors): return note(region, "kept \(org)", "\(errors)")
    case .organizationFailed(let region, let org, let reason): return note(region, "failed \(org) \(reason)", "")
    case .stepFailed(let region, let step, let failure):
      return note(region, "step \(step.id)", failure.description)
    case .finished(let region, let summary):
      let didNothing = summary.created + summary.updated + summary.deleted == 0
      let isNews = note(region, "finished", summary.text)
      state.withLock { $0.last[region] = $0.current[region] }
      return !didNothing || isNews
    case .stepTaken, .driftCorrected: return true
    }
  }

  /// - Returns: Whether the last pass over the region did not find the same.
  private func note(_ region: String, _ what: String, _ text: String) -> Bool {
    state.withLock { state in
      state.current[region, default: [:]][what] = text
      return state.last[region]?[what] != text
    }
  }
}
