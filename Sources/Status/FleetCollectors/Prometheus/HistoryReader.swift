import FairShares
package import FleetMonitoring

/// Reads a day's history from Prometheus of whatever somebody looks at, at most once a minute for each. Its memory and the
/// readings at a time are shared among organizations.
package actor HistoryReader {
  private let prometheus: PrometheusHistory
  private let now: @Sendable () -> Double
  private let deliver: @Sendable (Report) async -> Void
  /// When each was read last, or is being read.
  private var reads = FairTable<HistorySubject, Double>(capacity: most, largestShare: most)
  /// Readings under way, by their organizations.
  private var underWay: [String: Int] = [:]
  private var lastAnswer: Double?

  package enum Report: Sendable {
    case history(KeptHistory)
    case source(SourceCondition)
  }

  /// How it is named where it does not answer.
  package static let name = "Prometheus server"
  private static let day = 86_400.0
  private static let pause = 60.0
  /// Seconds after which what could not be read is read again.
  private static let pauseOfFailures = 10.0
  /// Subjects that are read at a time; another one waits until it is asked for again.
  private static let mostUnderWay = 4
  /// Those of one organization, so that another's find a place.
  private static let mostOfOrganization = 3
  /// Subjects that are remembered.
  private static let most = 128

  /// - Parameters:
  ///   - now: seconds since 1970.
  ///   - deliver: told of every history, and of whether Prometheus answers.
  package init(
    _ prometheus: PrometheusHistory, now: @escaping @Sendable () -> Double,
    deliver: @escaping @Sendable (Report) async -> Void
  ) {
    self.prometheus = prometheus
    self.now = now
    self.deliver = deliver
  }

  package func shutDown() async { await prometheus.shutDown() }

  /// Begins to read a subject's history where it is a minute old; does not wait for it.
  package func attend(to subject: HistorySubject) {
    let time = now()
    if let last = reads[subject], abs(time - last) < Self.pause { return }
    let owner = subject.org ?? ""
    guard underWay.values.reduce(0, +) < Self.mostUnderWay, underWay[owner, default: 0] < Self.mostOfOrganization else {
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
    await deliver(.source(SourceCondition(Self.name, lastAnswer: lastAnswer, problem: problem)))
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
