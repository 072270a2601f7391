import FairShares
package import FleetMonitoring

/// Reads a day's history from Prometheus for subjects that viewers open, at most once a minute each.
///
/// Memory and concurrent reads are shared fairly among organizations.
package actor HistoryReader {
  private let prometheus: PrometheusHistory
  private let now: @Sendable () -> Double
  private let deliver: @Sendable (Report) async -> Void
  /// Time of the last read by subject, including reads in progress.
  private var reads = FairTable<HistorySubject, Double>(capacity: maxCount, maxShare: maxCount)
  /// Number of reads in progress, by organization.
  private var underWay: [String: Int] = [:]
  private var lastAnswer: Double?

  /// Result of a read.
  package enum Report: Sendable {
    /// History of a subject.
    case history(KeptHistory)
    /// Condition of the Prometheus server.
    case source(SourceCondition)
  }

  /// Name of the source in alerts.
  package static let name = "Prometheus server"
  private static let day = 86_400.0
  /// Seconds between reads of one subject.
  private static let pause = 60.0
  /// Seconds after which a failed read is repeated.
  private static let pauseOfFailures = 10.0
  /// Most concurrent reads. Further subjects wait until they are requested again.
  private static let maxUnderWay = 4
  /// Most concurrent reads for one organization, so that others get a turn.
  private static let maxOfOrganization = 3
  /// Most subjects remembered.
  private static let maxCount = 128

  /// Creates a reader.
  ///
  /// - Parameters:
  ///   - prometheus: server to read from.
  ///   - now: returns the current time in seconds since 1970.
  ///   - deliver: called with every history, and with the condition of the server.
  package init(
    _ prometheus: PrometheusHistory, now: @escaping @Sendable () -> Double,
    deliver: @escaping @Sendable (Report) async -> Void
  ) {
    self.prometheus = prometheus
    self.now = now
    self.deliver = deliver
  }

  /// Closes all connections. Call it once, at the end.
  package func shutDown() async { await prometheus.shutDown() }

  /// Starts reading a subject's history if the last read is over a minute old. Does not wait for the result.
  package func attend(to subject: HistorySubject) {
    let time = now()
    if let last = reads[subject], abs(time - last) < Self.pause { return }
    let owner = subject.org ?? ""
    guard underWay.values.reduce(0, +) < Self.maxUnderWay, underWay[owner, default: 0] < Self.maxOfOrganization else {
      return
    }
    _ = reads.insert(subject, time, of: FairSource([owner]))
    underWay[owner, default: 0] += 1
    Task { await read(subject, at: time) }
  }

  private func read(_ subject: HistorySubject, at time: Double) async {
    var series: [HistoryMetric: HistorySeries] = [:]
    var problem: String?
    for metric in HistoryMetric.allCases where problem == nil {
      do throws(PrometheusHistory.Failure) {
        series[metric] = try await prometheus.series(
          metric, org: subject.org, relay: subject.relay, last: Self.day, now: time)
      } catch {
        problem = error.description
      }
    }
    let owner = subject.org ?? ""
    let rest = underWay[owner, default: 1] - 1
    underWay[owner] = rest > 0 ? rest : nil
    if problem == nil {
      lastAnswer = now()
      await deliver(.history(KeptHistory(subject: subject, readAt: time, series: series)))
    } else {
      reads.update(subject) { $0 = time - Self.pause + Self.pauseOfFailures }
    }
    let reason = problem.map { StatusText(quoting: $0) }
    await deliver(.source(SourceCondition(Self.name, lastAnswer: lastAnswer, problem: reason)))
  }
}

extension HistorySubject {
  fileprivate var org: String? {
    switch self {
    case .platform: nil
    case .organization(let org): org
    case .relay(let relay): relay.org
    }
  }

  fileprivate var relay: String? {
    guard case .relay(let relay) = self else { return nil }
    return relay.name
  }
}
