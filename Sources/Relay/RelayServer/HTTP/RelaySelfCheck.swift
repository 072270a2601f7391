import RelayCore

/// Self-check of a relay, 0 to 100: how well the process works, by what it observes of itself.
///
/// It does not know what is declared, nor its restarts. The status server rates those, as the relay's health.
struct RelaySelfCheck: Equatable {
  /// One component of the score.
  struct Component: Equatable {
    let name: String
    /// The component's score, 0 to 100.
    let score: Int
    /// The component's share of the total; all weights sum to 1.
    let weight: Double
    let detail: String
  }

  /// Components of the score.
  let components: [Component]

  /// Whether no traffic passes because the system refuses to receive or send.
  let isBlocked: Bool

  /// The weighted mean; 0 if blocked.
  var score: Int { isBlocked ? 0 : Int(components.reduce(0) { $0 + Double($1.score) * $1.weight }.rounded()) }

  /// If nothing could be sent, at least this many datagrams must have failed to blame the system rather than one peer's
  /// network.
  private static let failuresOfSystem: UInt64 = 10

  /// Computes the self-check from a report.
  init(_ report: RelayReport) {
    let statistics = report.statistics
    // Additive (Laplace) smoothing, so that a single failed handshake does not look like an outage.
    let success = (Double(statistics.pairsMade) + 1) / (Double(statistics.pairsTried) + 1)
    let recent = report.recent
    let received = Double(max(1, recent.received))
    let overflow = Double(recent.overflow)
    let sendFailures = Double(recent.sendFailures)
    let probes = report.probes.compactMap { $0.outcome }
    let reached = probes.count { $0.reached }
    isBlocked =
      report.receiveFailure != nil || recent.dataForwarded == 0 && recent.dataRefused >= Self.failuresOfSystem
    components = [
      Component(
        name: "handshakes", score: Self.percent(success), weight: 0.4,
        detail:
          "\(statistics.pairsMade) of \(statistics.pairsTried) pairs that tried in the last five minutes established a session"
      ),
      Component(
        name: "receiving",
        score: report.receiveFailure == nil ? Self.percent(1 - 10 * overflow / (received + overflow)) : 0, weight: 0.25,
        detail: report.receiveFailure.map { "the system refuses to receive: \($0)" }
          ?? "\(Int(overflow)) datagrams lost in the receive queue in the last five minutes"),
      Component(
        name: "sending", score: Self.percent(1 - 10 * sendFailures / received), weight: 0.15,
        detail: "\(Int(sendFailures)) datagrams could not be sent in the last five minutes"),
      Component(
        name: "configuration", score: report.configuration.reloadFailure == nil ? 100 : 0, weight: 0.1,
        detail: report.configuration.reloadFailure ?? "in force since \(report.configuration.loadedAt)"),
      Component(
        name: "probes", score: probes.isEmpty ? 100 : 100 * reached / probes.count, weight: 0.1,
        detail: probes.isEmpty ? "none has run" : "\(reached) of \(probes.count) reached their target"),
    ]
  }

  private static func percent(_ share: Double) -> Int { Int((min(1, max(0, share)) * 100).rounded()) }
}
