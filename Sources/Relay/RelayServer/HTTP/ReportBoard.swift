import CRelayCore
import CRelaySockets
import Glibc
import RelayCore
import Synchronization

/// The latest report of the control thread, for all readers: however many ask, the thread spends a twentieth of its time
/// on reports at most. What is cheap to make is as good as new.
final class ReportBoard: Sendable {
  private struct State {
    var report: RelayReport?
    var goodUntil: UInt64 = 0
    var waiting: [@Sendable (RelayReport) -> Void] = []
    /// Texts made of the report, by path.
    var texts: [String: HTTPResponse] = [:]
    var jobs: [@Sendable () -> Void] = []
  }

  private let state = Mutex(State())
  /// Rung when there are jobs.
  private let bell: Doorbell
  /// Of the time, what reports may take of the control thread, and texts of theirs.
  private static let reportShare: UInt64 = 20
  private static let textShare: UInt64 = 5

  init() { bell = Doorbell() }

  /// Starts the thread that makes texts: neither the control thread nor that of HTTP has the time.
  func start() throws(RelayFailure) {
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

  /// Answers with the text for a path, at once or when there is a report.
  ///
  /// - Parameters:
  ///   - wanted: asks the control thread for a report; `publish` follows.
  ///   - render: makes the text; called once for a report and path.
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

  /// Takes a report that took so many nanoseconds to make.
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
