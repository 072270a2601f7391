import ConfigModel

/// All that is known of one relay, brought up to date by one observation at a time.
package struct RelayRecord: Sendable {
  /// Bits a second of UDP payload, between the last two looks.
  package struct Throughput: Sendable, Equatable {
    package var received = 0.0
    package var forwarded = 0.0
    package var highest: Double { max(received, forwarded) }
  }

  package internal(set) var expectation: RelayExpectation
  /// The last one; nil before the first.
  package private(set) var observation: RelayObservation?
  package private(set) var health = HealthScore(level: .unknown, score: nil)
  package private(set) var throughput = Throughput()
  /// Of the last five minutes; nil where the relay does not tell.
  package private(set) var handshakes: HandshakeCount?
  /// Sums over its instances. This, `connectedPeers` and `throughput` are of the last answer, however long ago.
  package private(set) var sessions = 0
  package private(set) var connectedKeys = 0
  /// Keys with a live session, whether or not they are declared.
  package private(set) var connectedPeers = 0
  package private(set) var edges: [TopologyEdge] = []
  package private(set) var alerts: [Alert] = []
  package private(set) var history = History()
  /// What it said last, however long ago; nil where it never did.
  package private(set) var lastStatistics: RelayStatistics?
  /// Seconds since 1970 when it said that.
  package private(set) var answeredAt: Double?
  /// Seconds since 1970 when its condition became what it is.
  package private(set) var conditionSince: Double?
  /// Seconds since 1970 since when no instance of it answers, although it runs.
  package private(set) var silentSince: Double?
  private var uptime = UptimeLedger()
  private var window = HandshakeWindow()
  private var baselines: [String: CounterBaseline] = [:]

  package init(_ expectation: RelayExpectation) { self.expectation = expectation }

  /// Seconds of the last 31 days for which it was watched while declared to run, and for which it was up.
  package var observedSeconds: Double { uptime.observedSeconds }
  package var upSeconds: Double { uptime.upSeconds }

  /// Whether any instance of it answered the last time.
  package var answers: Bool { observation?.instances.contains { $0.statistics != nil } ?? false }

  /// Whether it may run, and nothing of it answers.
  private var isSilent: Bool {
    guard let observation, !answers else { return false }
    switch observation.condition {
    case .unreachable: return true
    case .running: return observation.instances.contains(where: \.isSilent)
    case .starting, .stopped, .failed: return false
    }
  }

  /// Takes an observation. An older one than the last counts as the newest: the clock was set.
  mutating func observe(_ observation: RelayObservation, _ thresholds: AlertThresholds) {
    let time = observation.time
    if observation.condition != self.observation?.condition || (conditionSince ?? 0) > time { conditionSince = time }
    let isSilent = observation.condition == .running && !observation.isUp
    silentSince = isSilent ? min(silentSince ?? time, time) : nil
    self.observation = observation
    count(observation)
    judge(thresholds)
    uptime.look(
      expectation.isRunning && observation.condition != .unreachable ? observation.isUp : nil, at: time)
    history.add(values, at: time)
  }

  /// Judges what was seen last by what is declared now.
  mutating func judge(_ thresholds: AlertThresholds) {
    if !isSilent { connectedKeys = observation?.connectedKeys(of: expectation) ?? 0 }
    health = HealthScore(of: expectation, observation, handshakes: handshakes)
    alerts = AlertRules.relay(self, thresholds).lasting(since: alerts)
  }

  private mutating func count(_ observation: RelayObservation) {
    var baselines: [String: CounterBaseline] = [:]
    var throughput = Throughput()
    var counted = HandshakeCount()
    var edges: [String: TopologyEdge] = [:]
    var sessions = 0
    var tellsHandshakes = false
    for instance in observation.instances {
      guard let statistics = instance.statistics else {
        // One that is silent for a moment goes on from where it was.
        baselines[instance.name] = self.baselines[instance.name]
        continue
      }
      sessions = sessions.saturatingSum(statistics.sessions ?? 0)
      tellsHandshakes = tellsHandshakes || statistics.handshakes != nil
      let increase = self.baselines[instance.name]?.increase(to: statistics, at: observation.time)
      if let increase {
        counted = counted + increase.handshakes
        throughput.received += Double(increase.receivedBytes) * 8 / increase.seconds
        throughput.forwarded += Double(increase.forwardedBytes) * 8 / increase.seconds
      }
      for peer in statistics.peers where peer.state == .connected && edges[peer.name] == nil {
        let moved = increase.flatMap { increase in increase.peers[peer.name].map { ($0, increase.seconds) } }
        edges[peer.name] = TopologyEdge(
          relay: expectation.relay, key: peer.name, endpoint: peer.endpoint, sessions: peer.sessions,
          lastHandshakeAge: peer.lastHandshakeAge, pathMilliseconds: peer.pathMilliseconds,
          receivedBitsPerSecond: moved.map { Double($0.0.received) * 8 / $0.1 } ?? 0,
          sentBitsPerSecond: moved.map { Double($0.0.sent) * 8 / $0.1 } ?? 0)
      }
      baselines[instance.name] = CounterBaseline(statistics, at: observation.time)
    }
    self.baselines = baselines
    // One that runs and does not answer now is not without sessions: what it said last is all that is known.
    if !isSilent {
      self.throughput = throughput
      self.sessions = sessions
      connectedPeers = edges.count
    }
    self.edges = edges.values.sorted { $0.key < $1.key }
    if let statistics = observation.statistics {
      lastStatistics = statistics
      answeredAt = observation.time
    }
    window.add(counted, at: observation.time)
    handshakes = tellsHandshakes ? window.count : nil
  }

  private var values: [HistoryMetric: Double] {
    var values: [HistoryMetric: Double] = [:]
    if let score = health.score { values[.health] = Double(score) }
    guard answers else { return values }
    values[.sessions] = Double(sessions)
    values[.connectedPeers] = Double(edges.count)
    values[.receivedBitsPerSecond] = throughput.received
    values[.forwardedBitsPerSecond] = throughput.forwarded
    if let handshakes {
      values[.handshakeRate] = Double(handshakes.completed) / HandshakeWindow.length
      values[.handshakeSuccess] = handshakes.success
    }
    return values
  }
}
