import CRelayCore
import CRelaySockets
import Glibc
import RelayCore
import Synchronization

/// The latest report of the control thread, shared by all readers. However many ask, the thread spends at most about a
/// twentieth of its time on reports. A cheap report is therefore practically always current.
final class ReportBoard: Sendable {
  private struct State {
    var report: RelayReport?
    var goodUntil: UInt64 = 0
    var waiting: [@Sendable (RelayReport) -> Void] = []
    /// Rendered responses of the report, by path.
    var texts: [String: HTTPResponse] = [:]
    var jobs: [@Sendable () -> Void] = []
  }

  private let state = Mutex(State())
  /// Rings when there are jobs.
  private let bell: Doorbell
  /// A report stays valid for this many times the time it took to create, so that reports take at most a twentieth of
  /// the control thread's time.
  private static let reportShare: UInt64 = 20
  /// A report stays valid for this many times the time it took to render.
  private static let textShare: UInt64 = 5

  init() { bell = Doorbell() }

  /// Starts the thread that renders responses; neither the control thread nor the HTTP thread has time for it.
  ///
  /// - Throws: `RelayServerError` if the thread cannot be started.
  func start() throws(RelayServerError) {
    try startThread("reports") { [self] in
      while true {
        let jobs = state.withLock { state in
          defer { state.jobs = [] }
          return state.jobs
        }
        for job in jobs { job() }
        if jobs.isEmpty { bell.wait(milliseconds: 60_000) { state.withLock { !$0.jobs.isEmpty } } }
      }
    }
  }

  /// Replies with the response for a path, immediately or once there is a report.
  ///
  /// - Parameters:
  ///   - path: Path of the request.
  ///   - wanted: Requests a report from the control thread, which then calls `publish`.
  ///   - render: Renders the response; usually called once per report and path.
  ///   - reply: Receives the response.
  func answer(
    _ path: String, wanted: () -> Void, render: @escaping @Sendable (RelayReport) -> HTTPResponse,
    _ reply: @escaping @Sendable (HTTPResponse) -> Void
  ) {
    let job: @Sendable (RelayReport) -> Void = { [self] report in
      if let text = state.withLock({ $0.texts[path] }) { return reply(text) }
      let start = relay_clock()
      let text = render(report)
      let end = relay_clock()
      state.withLock { state in
        state.texts[path] = text
        state.goodUntil = max(state.goodUntil, end &+ (end &- start) &* Self.textShare)
      }
      reply(text)
    }
    enum Step { case text(HTTPResponse), ask, wait }
    let step = state.withLock { state -> Step in
      if let report = state.report, relay_clock() < state.goodUntil {
        if let text = state.texts[path] { return .text(text) }
        state.jobs.append { job(report) }
        return .wait
      }
      state.waiting.append(job)
      return state.waiting.count == 1 ? .ask : .wait
    }
    switch step {
    case .text(let text): reply(text)
    case .ask: wanted()
    case .wait: bell.ring()
    }
  }

  /// Publishes a report that took `cost` nanoseconds to create.
  func publish(_ report: RelayReport, cost: UInt64) {
    state.withLock { state in
      state.report = report
      state.goodUntil = relay_clock() &+ cost &* Self.reportShare
      state.texts = [:]
      for waiting in state.waiting { state.jobs.append { waiting(report) } }
      state.waiting = []
    }
    bell.ring()
  }
}
